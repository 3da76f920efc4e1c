"""What earlier pulls requested, and which days are still due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from warehouse.schema import PULLS, Window, merged
from warehouse.tables import Tables, matching


@dataclass(frozen=True, slots=True)
class PullRecord:
    """A pull on the ledger: the window requested, how it ended and when that was recorded (aware UTC).

    ``unanswered``: the days of a committed pull that the provider did not answer about.
    """

    window: Window
    status: str
    recorded_at: datetime
    unanswered: tuple[Window, ...] = ()


def pull_history(tables: Tables, source: str) -> list[PullRecord]:
    """Every pull of a source, in the order of recording; the ledger is read once."""
    columns = ["status", "window_start", "window_end", "recorded_at", "unanswered"]
    records = [
        PullRecord(
            Window(row["window_start"], row["window_end"]),
            row["status"],
            row["recorded_at"],
            tuple(parse_window(text) for text in row["unanswered"] or ()),
        )
        for row in tables.read(PULLS, matching(source=source), columns).to_pylist()
    ]
    return sorted(records, key=lambda pull: pull.recorded_at)


def committed_windows(pulls: Sequence[PullRecord]) -> list[Window]:
    """The days that committed pulls have requested, as the fewest windows, in order."""
    return merged([pull.window for pull in pulls if pull.status == "committed"])


def unfinished_windows(pulls: Sequence[PullRecord], ask_again_from: date = date.min) -> list[Window]:
    """The days that paused pulls did not request or that had no answer, and that no later pull has delivered.

    As the fewest windows, in order. Days before ``ask_again_from`` that had no answer are given up.
    """
    waiting: list[Window] = []
    for pull in pulls:
        if pull.status == "paused":
            waiting = merged([*waiting, pull.window])
        elif pull.status == "committed":
            left_over = [left for window in waiting for left in window.without(pull.window)]
            again = Window(ask_again_from, date.max)
            unanswered = [part for window in pull.unanswered if (part := window.overlap(again))]
            waiting = merged([*left_over, *unanswered])
    return waiting


def was_read_since(pulls: Sequence[PullRecord], first: date, since: datetime) -> bool:
    """Whether a pull whose window began by ``first`` was committed and recorded from ``since`` on (aware UTC)."""
    recent = (pull for pull in pulls if pull.status == "committed" and pull.recorded_at >= since)
    return any(pull.window.start <= first for pull in recent)


def parse_window(text: str) -> Window:
    """The window that ``start..end`` names."""
    start, end = text.split("..")
    return Window(date.fromisoformat(start), date.fromisoformat(end))


def without_days(covered: Sequence[str], days: Sequence[Window]) -> tuple[str, ...]:
    """The windows ``start..end`` of a pull without these days."""
    left = [parse_window(text) for text in covered]
    for window in days:
        left = [part for one in left for part in one.without(window)]
    return tuple(str(part) for part in left)
