"""The state of a warehouse and of its newest run as OpenMetrics text, for node_exporter's textfile collector.

Only gauges without time stamps: the collector refuses what the older text format of Prometheus does not have.
https://prometheus.io/docs/specs/om/open_metrics_spec/
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flows.steps.context import Context
from flows.steps.refresh import RefreshRequest, RefreshResult, StepRunner, refresh, run_directly
from warehouse.errors import ConfigError, RefusedError
from warehouse.last_run import last_finish
from warehouse.published_tables import PublishedTables, published_in
from warehouse.schema import PUBLISHED_SOURCES, PUBLISHED_VERDICTS
from warehouse.schema.ledgers import VERDICTS

VARIABLE = "KMI_METRICS_FILE"
Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Gauge:
    """A metric of one number for each set of labels; a name that ends in ``_seconds`` has that unit."""

    name: str
    help: str
    samples: Sequence[tuple[Labels, float]]


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run that reached its end, ``finished_at`` an instant (aware UTC), with the sources that failed or paused."""

    finished_at: datetime
    duration_s: float
    failed: int
    paused: int


def metrics_path(given: str | None, member: str | None = None) -> Path | None:
    """The path of the metrics file; a ``member`` of a fleet has its own, as in ``kmi-hill.prom``.

    Raises ``ConfigError`` where its folder is missing, before anything runs.
    """
    if not given:
        return None
    path = Path(given).absolute()
    path = path.with_name(f"{path.stem}-{member}{path.suffix}") if member else path
    if path.is_dir() or not path.parent.is_dir():
        what = "the metrics file is a folder" if path.is_dir() else "the folder of the metrics file is not there"
        raise ConfigError(what, where=given, do=f"name a file in a folder that exists, in --metrics-file or {VARIABLE}")
    return path


def refresh_and_measure(
    context: Context, request: RefreshRequest, run: StepRunner = run_directly, *, path: Path | None = None
) -> RefreshResult:
    """``refresh``, and then its metrics in ``path``. A run that raises leaves the file of the run before."""
    started = time.monotonic()
    result = refresh(context, request, run)
    if path is not None:
        finished_at = last_finish(context.root) or context.clock()
        duration_s = round(time.monotonic() - started, 3)
        finished = FinishedRun(finished_at, duration_s, len(result.failed), len(result.paused))
        gauges = _gauges(context, published_in(context.root), finished)
        write_whole(path, openmetrics(gauges, context.redactor.redact_data))
    return result


def _gauges(context: Context, published: PublishedTables, run: FinishedRun) -> list[Gauge]:
    """All metrics; each sample has the label ``warehouse``, by which several warehouses of one machine differ."""
    own = {"warehouse": context.redactor.redact(context.root.address)}
    return [*_run_gauges(own, run), *_source_gauges(own, published), _verdict_gauge(own, published)]


def _run_gauges(own: Labels, run: FinishedRun) -> Iterator[Gauge]:
    """The newest run that finished."""
    finished = "When the newest run finished, in seconds since 1970 UTC."
    yield Gauge("kmi_run_finished_timestamp_seconds", finished, [(own, run.finished_at.timestamp())])
    yield Gauge("kmi_run_duration_seconds", "How long the newest run took.", [(own, run.duration_s)])
    yield Gauge("kmi_run_failed_sources", "Sources that failed in the newest run.", [(own, run.failed)])
    paused = "Sources that stopped before their provider's limit in the newest run."
    yield Gauge("kmi_run_paused_sources", paused, [(own, run.paused)])


def _source_gauges(own: Labels, published: PublishedTables) -> Iterator[Gauge]:
    """The published sources; one without a pull has no instant of success."""
    rows = [({**own, "source": row["source"]}, row) for row in published.rows(PUBLISHED_SOURCES)]
    success = [(labels, row["last_success_at"].timestamp()) for labels, row in rows if row["last_success_at"]]
    yield Gauge(
        "kmi_source_last_success_timestamp_seconds",
        "When a pull of the source was last committed, in seconds since 1970 UTC.",
        success,
    )
    yield Gauge("kmi_source_rows", "Observations held of the source.", [(one, row["rows"]) for one, row in rows])
    refused = "Refused values of the source that are neither released nor cleared."
    yield Gauge("kmi_source_refused_rows", refused, [(one, row["refused"]) for one, row in rows])
    fresh = "1 if the newest day of the source is as recent as the plan requires, else 0."
    yield Gauge("kmi_source_fresh", fresh, [(one, int(row["fresh"])) for one, row in rows])
    failed = "1 if the newest pull of the source failed, else 0."
    yield Gauge("kmi_source_failed", failed, [(one, int(bool(row["last_error"]))) for one, row in rows])


def _verdict_gauge(own: Labels, published: PublishedTables) -> Gauge:
    """How many indicators have each verdict; 0 too, so that an alarm can tell it from no run."""
    counts = Counter(dict.fromkeys(VERDICTS, 0))
    counts.update(row["verdict"] for row in published.rows(PUBLISHED_VERDICTS))
    samples = [({**own, "verdict": verdict}, count) for verdict, count in counts.items()]
    return Gauge("kmi_indicators", "Indicators by their published verdict.", samples)


def openmetrics(gauges: Sequence[Gauge], redact: Callable[[str], str] = str) -> str:
    """The text of the exposition, with its end marked; ``redact`` sees each label before it is escaped."""
    return "".join(line + "\n" for gauge in gauges for line in _lines(gauge, redact)) + "# EOF\n"


def _lines(gauge: Gauge, redact: Callable[[str], str]) -> Iterator[str]:
    yield f"# TYPE {gauge.name} gauge"
    if gauge.name.endswith("_seconds"):
        yield f"# UNIT {gauge.name} seconds"
    yield f"# HELP {gauge.name} {_escaped(gauge.help)}"
    for labels, value in gauge.samples:
        inside = ",".join(f'{name}="{_escaped(redact(text))}"' for name, text in labels.items())
        yield f"{gauge.name}{{{inside}}} {value!r}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def write_whole(path: Path, text: str) -> None:
    """Write a file that a reader sees whole, old or new. Raises ``RefusedError``: what the run did stays."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_text(text, encoding="utf-8", newline="\n")
        unfinished.replace(path)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink()
        raise RefusedError(
            f"the metrics were not written ({error.strerror}); the run is published",
            where=str(path),
            do="let this user write in that folder",
        ) from None
