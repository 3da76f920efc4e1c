"""A library with one branch whose visits fall and recover, and a channel that keeps what was sent."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from flows.steps.context import Context, open_context
from flows.steps.notify import Deliver, NotifyResult, notify
from flows.steps.refresh import RefreshRequest, refresh
from reports.delivery import Message
from tests.changing_library import replace_file
from warehouse.published_tables import published_in

PLAN = """\
organisation: {{name: "{name}", time_zone: Europe/London}}
sources:
  gates: {{type: footfall, path: visits.csv, layout: wide, columns: {{entity: Branch}},
    date_formats: ["%Y-%m"], period: month}}
indicators:
  visits:
    title: "{title}"
    unit: visits
    kind: flow
    owner: Ada
    objective: reach
    of: [{{source: gates, metric: visits}}]
    target: {{baseline: {{from: 2025-01-01, to: 2025-12-31, value: 1000}}, value: 1500, due: {due}}}
alerts: {alerts}
"""
ADA, BEN = "${env:ADA}", "${env:BEN}"
ROUTES = f'{{routes: [{{to: "{ADA}"}}]}}'
FIRST = (2022, 1)


def write_one_branch_library(
    folder: Path,
    months: int,
    low: tuple[int, ...],
    *,
    alerts: str = ROUTES,
    title: str = "Visits",
    name: str = "Hill Library",
    due: str = "2028-12-31",
) -> Path:
    """Write the plan and the visits of ``months`` months from January 2022.

    From 2026 on visits follow the path, except in the months ``low`` (0: January 2026).
    """
    folder.mkdir(parents=True, exist_ok=True)
    days = [date(FIRST[0] + n // 12, n % 12 + 1, 1) for n in range(months)]
    values = [_visits(n, low) for n in range(months)]
    replace_file(
        folder / "visits.csv",
        "\n".join([",".join(["Branch", *(f"{day:%Y-%m}" for day in days)]), ",".join(["Hill", *map(str, values)])])
        + "\n",
    )
    replace_file(
        folder / "plan.yaml",
        PLAN.format(alerts=alerts, title=title.replace("\\", "\\\\").replace('"', '\\"'), name=name, due=due),
    )
    return folder / "plan.yaml"


def _visits(n: int, low: tuple[int, ...]) -> int:
    ahead = n - 47
    shaken = (7, -11, 3, 13, -5, -9, 10, 2, -13, 6, -4, 1)[n % 12] + n % 5
    return 600 + shaken if ahead - 1 in low else 1000 + shaken + (max(ahead, 0) * 16)


def morning_after(n: int) -> datetime:
    """Early on the third day of the month after the month ``n`` (0: January 2026)."""
    year, at = divmod(n + 1, 12)
    return datetime(2026 + year, at + 1, 3, 6, tzinfo=UTC)


@dataclass
class FakeChannel:
    """Stands in for a channel: keeps what was sent, and can refuse or die."""

    sent: list[tuple[str, Message]] = field(default_factory=list)
    refuse: str = ""
    die_before: bool = False
    die_after: bool = False

    def __call__(self, address: str, post: Message) -> str:
        if self.die_before:
            raise KeyboardInterrupt
        if self.refuse:
            return self.refuse
        self.sent.append((address, post))
        if self.die_after:
            raise KeyboardInterrupt
        return ""

    @property
    def titles(self) -> list[str]:
        return [post.title for _, post in self.sent]


def context_at(plan: Path, now: datetime) -> Context:
    secrets = {ADA: "json://ada:s3cret@127.0.0.1", BEN: "json://ben:s3cret@127.0.0.1"}
    return open_context(
        plan, plan.parent / "warehouse", resolve=secrets.__getitem__, log=lambda _: None, clock=lambda: now
    )


def run_unnotified(folder: Path, months: tuple[int, ...], low: tuple[int, ...]) -> Path:
    """Run on the mornings after these months with no route, so that nobody is notified; ``folder``."""
    for at in months:
        plan = write_one_branch_library(folder, 49 + at, low, alerts="{}")
        assert not refresh(context_at(plan, morning_after(at)), RefreshRequest()).failed
    return folder


def notify_published(context: Context, send: Deliver | None = None) -> NotifyResult:
    """Notify of what is published in the warehouse, as the run that published it did."""
    return notify(context, published_in(context.root), send)
