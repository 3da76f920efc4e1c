"""``--log-format json``: one JSON object a line, for programs that collect logs.

Every line has ``time`` (UTC), ``level``, ``event`` and ``message``; ``source`` where it is about one,
and figures as numbers.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, ParamSpec, TypeVar

from flows.steps.collect import PullResult
from flows.steps.refresh import RefreshResult
from warehouse.errors import KmiError

P = ParamSpec("P")
T = TypeVar("T")


class JsonLog:
    """Takes the lines of a run and writes each as JSON; as a ``StepRunner`` it learns the figures behind them.

    ``write`` takes whole lines, also from several threads. ``sources``: by their names a line is known as theirs.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self.sources: Sequence[str] = ()
        self._pulls: dict[str, PullResult] = {}

    def __call__(self, line: str) -> None:
        """Write one line that a run logs."""
        pull = self._pulls.pop(line, None)
        source = next((name for name in self.sources if line.startswith(f"{name}: ")), None)
        if pull is not None:
            level = "warning" if pull.paused or pull.refused else "info"
            self.event("paused" if pull.paused else "pull", line, level, source=pull.source, **_figures(pull))
        elif source is not None and line.startswith(f"{source}: FAILED: "):
            self.event("failed", line, "error", source=source)
        elif line.startswith("NOT NOTIFIED"):
            self.event("not_notified", line, "error")
        else:
            self.event("note", line, "info", source=source)

    def step(self, step: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a step directly, and write how long it took; a pull is written when its line comes."""
        started = time.monotonic()
        result = step(*args, **kwargs)
        if isinstance(result, PullResult):
            self._pulls[str(result)] = result
        else:
            duration_s = round(time.monotonic() - started, 3)
            self.event("step", f"{step.__name__} took {duration_s} s", step=step.__name__, duration_s=duration_s)
        return result

    def finished(self, result: RefreshResult, duration_s: float) -> None:
        """Write the end of a run."""
        failed, level = sorted(result.failed), "error" if result.failed else "info"
        told = f"{len(failed)} sources failed, the others are published" if failed else "finished"
        self.event(
            "finished",
            told,
            level,
            duration_s=round(duration_s, 3),
            pulls=len(result.collected),
            failed=failed,
            paused=sorted(result.paused),
            published=list(result.published),
            raw_deleted=sum(result.raw_deleted.values()),
        )

    def ended_by(self, error: KmiError) -> None:
        """Write the error that ended a run."""
        self.event("error", str(error), "error", where=error.where, what=error.what, do=error.do)

    def event(self, event: str, message: str, level: str = "info", **figures: Any) -> None:
        """Write one object; figures that are None are left out."""
        head = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "level": level, "event": event}
        known = {name: figure for name, figure in figures.items() if figure is not None}
        self._write(json.dumps({**head, "message": message, **known}, ensure_ascii=False))


def _figures(pull: PullResult) -> dict[str, Any]:
    """The days of a pull, the last one excluded, and what it changed."""
    days = {"first": pull.window.start.isoformat(), "end": pull.window.end.isoformat()}
    return days if pull.paused else {**days, **asdict(pull.outcome), "refused": pull.refused}
