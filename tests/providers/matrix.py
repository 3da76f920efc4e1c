"""Each provider as the sandbox simulates it, in a plan and a warehouse of its own, for the rows of the test matrix.

A provider is one file ``<name>.yaml`` in this folder: its settings, the secrets that the sandbox accepts, the route
that fails, and the messages that the operator reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from string import Template
from typing import Any

from ruamel.yaml import YAML

from flows.steps.context import Context, open_context
from flows.steps.pull_windows import windows_to_pull
from flows.steps.refresh import RefreshResult, _collect_all, run_directly
from flows.steps.warehouse_lock import hold_warehouse
from sandbox.server import Sandbox
from tests.changing_library import ObservationRow
from tests.warehouse_contents import observation_rows
from warehouse.errors import ConfigError

FOLDER = Path(__file__).parent
MISBEHAVIOURS = (
    "http_429",
    "http_429_retry_after",
    "http_500",
    "timeout",
    "reset",
    "truncated",
    "html",
    "repeated_cursor",
    "empty_page",
    "expired_token",
    "retired_metric",
    "quota",
    "late_restatement",
    "clock_skew",
    "dst_day",
)
NAME = "subject"
IMPATIENT: Any = {"retries": 1, "backoff_s": 0.001, "max_wait_s": 2, "timeout_s": (1, 2.5)}


@dataclass(frozen=True)
class Provider:
    """One provider of the matrix: ``name`` is that of its file."""

    name: str

    @cached_property
    def config(self) -> dict[str, Any]:
        return dict(YAML(typ="safe").load(FOLDER / f"{self.name}.yaml"))

    @property
    def expected_messages(self) -> Mapping[str, str]:
        return self.config.get("says", {})

    def applies(self, misbehaviour: str) -> bool:
        return misbehaviour not in self.config.get("not_applicable", {})


def providers() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


@dataclass
class Run:
    """What came of one run: what people read, and what stands in the warehouse."""

    done: RefreshResult
    said: list[str]
    facts: set[ObservationRow]

    @property
    def text(self) -> str:
        return "\n".join(self.said)


@dataclass
class Workspace:
    """A plan and a warehouse for one provider. ``now`` is the clock of kmi and of the sandbox."""

    provider: Provider
    sandbox: Sandbox
    folder: Path
    now: datetime
    days: int = 6
    said: list[str] = field(default_factory=list)
    since: date | None = None

    def context(self) -> Context:
        text = Template((FOLDER / f"{self.provider.name}.yaml").read_text(encoding="utf-8")).safe_substitute(
            url=self.sandbox.url
        )
        config = YAML(typ="safe").load(text)
        since = self.since or (self.now - timedelta(days=self.days)).date()
        source = {"since": since, **config["source"]}
        self.folder.mkdir(parents=True, exist_ok=True)
        plan = self.folder / "plan.yaml"
        whole = {
            "organisation": {"name": "Riverside Library", "time_zone": config.get("zone", "Europe/London")},
            "sources": {NAME: source},
            "indicators": {
                "watched": {
                    "title": "Watched",
                    "unit": "things",
                    "kind": "stock",
                    "of": [{"source": NAME, "metric": config["metric"]}],
                }
            },
        }
        if config.get("kind", "flow") == "flow":
            whole["indicators"]["watched"]["kind"] = "flow"
        with plan.open("w", encoding="utf-8") as file:
            YAML().dump(whole, file)
        secrets = {f"${{env:{name}}}": value for name, value in config.get("secrets", {}).items()}

        def resolve(reference: str) -> str:
            if reference not in secrets:
                raise ConfigError("not set", where=reference)
            return str(secrets[reference])

        made = open_context(
            plan, self.folder / "warehouse", resolve=resolve, log=self.said.append, clock=lambda: self.now
        )
        return replace(made, retry_policy=IMPATIENT)

    def run(self) -> Run:
        """Collect what is due, as ``kmi run`` does, without judging and publishing."""
        self.sandbox.clock.now = self.now
        self.said.clear()
        context = self.context()
        with hold_warehouse(context, 5):
            done = _collect_all(context, NAME, windows_to_pull(context, NAME, None), run_directly)
        return Run(done, list(self.said), observation_rows(context.tables).get(NAME, set()))


def at_hour(day: str, hour: int = 6) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour:02}:00:00").replace(tzinfo=UTC)
