"""From what was judged to the files that BI tools read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from flows.steps.activity_effects import activity_effects
from flows.steps.assess import Assessment
from flows.steps.context import Context
from flows.steps.missing_days import day_ranges, missing_days, missing_of_entities
from flows.steps.sampled_sources import sampled_sources
from flows.steps.verdict_ledger import record_verdicts
from transforms.judgement.history import verdict_changes
from warehouse import published_files
from warehouse.check_results import newest_results
from warehouse.foreign_text import redacted
from warehouse.published_tables import PublishedTables, just_published
from warehouse.pulls import coverage, last_pulls
from warehouse.refusals import open_refusals
from warehouse.schema import (
    BREAKS,
    OBSERVATIONS,
    PUBLISHED_ACTIVITIES,
    PUBLISHED_BREAKS,
    PUBLISHED_CHECKS,
    PUBLISHED_EFFECTS,
    PUBLISHED_FORECASTS,
    PUBLISHED_HISTORY,
    PUBLISHED_INDICATOR_BREAKS,
    PUBLISHED_INDICATORS,
    PUBLISHED_OBSERVATIONS,
    PUBLISHED_PATHS,
    PUBLISHED_PERIOD_PULLS,
    PUBLISHED_PERIODS,
    PUBLISHED_PULLS,
    PUBLISHED_SAMPLE_ESTIMATES,
    PUBLISHED_SETTLING,
    PUBLISHED_SOURCES,
    PUBLISHED_VERDICTS,
    PULLS,
    Table,
)
from warehouse.tables import to_arrow, to_pandas

LATE_DAYS = 7


@dataclass(frozen=True)
class Publication:
    """``changed``: the names of the files that were written; ``tables``: all that is published now."""

    changed: list[str]
    tables: PublishedTables


def publish(context: Context, assessed: Assessment) -> Publication:
    """Record the verdicts and write the published files that changed."""
    recorded = record_verdicts(context, assessed)
    observations = context.tables.read(OBSERVATIONS, None, PUBLISHED_OBSERVATIONS.names)
    frames = (
        (PUBLISHED_INDICATORS, _indicators(context, assessed)),
        (PUBLISHED_PERIODS, assessed.periods),
        (PUBLISHED_VERDICTS, recorded.verdicts),
        (PUBLISHED_FORECASTS, assessed.forecasts),
        (PUBLISHED_PATHS, assessed.paths),
        (PUBLISHED_HISTORY, verdict_changes(recorded.ledger)),
        (PUBLISHED_SOURCES, _sources(context, observations).merge(assessed.settled.sources, on="source")),
        (
            PUBLISHED_PULLS,
            to_pandas(context.tables.read(PULLS, None, PUBLISHED_PULLS.names)).sort_values(["recorded_at", "pull_id"]),
        ),
        (PUBLISHED_PERIOD_PULLS, _period_pulls(assessed.periods)),
        (PUBLISHED_CHECKS, newest_results(context.tables, context.loaded.sources)),
        (PUBLISHED_SETTLING, assessed.settled.ages),
        (PUBLISHED_BREAKS, to_pandas(context.tables.read(BREAKS))),
        (PUBLISHED_INDICATOR_BREAKS, assessed.breaks),
        (PUBLISHED_SAMPLE_ESTIMATES, assessed.estimates),
        (PUBLISHED_ACTIVITIES, _activities(context)),
        (PUBLISHED_EFFECTS, activity_effects(context, assessed)),
    )
    redact = context.redactor.redact_data
    files = {table.name: (table, redacted(table.name, to_arrow(frame, table), redact)) for table, frame in frames}
    changed = published_files.publish(context.root, {**files, **_by_year(observations)})
    return Publication(changed, just_published({name: rows for name, (_, rows) in files.items()}))


def _by_year(observations: pa.Table) -> dict[str, tuple[Table, pa.Table]]:
    years = pc.year(observations["start"])
    order = [(name, "ascending") for name in PUBLISHED_OBSERVATIONS.key]
    return {
        f"observations-{year}": (PUBLISHED_OBSERVATIONS, observations.filter(pc.equal(years, year)).sort_by(order))
        for year in sorted(pc.unique(years).to_pylist())
    }


def _period_pulls(periods: pd.DataFrame) -> pd.DataFrame:
    """Of each known value the pulls behind it, a row each."""
    known = periods.loc[periods["value"].notna(), ["indicator_id", "start", "pulls"]]
    return known.explode("pulls").dropna(subset="pulls").rename(columns={"pulls": "pull_id"})


def _indicators(context: Context, assessed: Assessment) -> pd.DataFrame:
    rows = [
        {
            "indicator_id": name,
            "title": indicator.title,
            "objective": context.loaded.plan.objective_of(indicator),
            "owner": indicator.owner,
            "sources": sorted({measure.source for measure in indicator.measures}),
        }
        for name, indicator in context.loaded.plan.indicators.items()
    ]
    return pd.DataFrame(rows).merge(assessed.targets, on="indicator_id")


def _sources(context: Context, observations: pa.Table) -> pd.DataFrame:
    rows = dict(
        zip(*(c.to_pylist() for c in pc.value_counts(observations["source"].combine_chunks()).flatten()), strict=True)
    )
    refused = open_refusals(context.tables).groupby("source").size()
    through, spans = coverage(context.tables).groupby("source")["end"].max(), _newest_spans(observations)
    pulls = last_pulls(context.tables)
    missing = missing_days(context, observations)
    single = missing_of_entities(context, observations, missing)
    frame = pd.DataFrame(
        [_source(context, name, pulls, through.get(name), spans.get(name, 1)) for name in context.loaded.sources]
    )
    return frame.assign(
        rows=[int(rows.get(name, 0)) for name in frame["source"]],
        refused=[int(refused.get(name, 0)) for name in frame["source"]],
        missing=pd.Series([day_ranges(missing[name]) for name in frame["source"]], dtype=object),
        missing_of_entities=pd.Series([single[name] for name in frame["source"]], dtype=object),
    )


def _newest_spans(observations: pa.Table) -> dict[str, int]:
    """Days that the newest figure of each source spans."""
    spans = (
        to_pandas(observations.select(["source", "start", "end"]))
        .sort_values("end")
        .drop_duplicates("source", keep="last")
    )
    return dict(zip(spans["source"], (spans["end"] - spans["start"]).dt.days, strict=True))


def _source(
    context: Context, name: str, pulls: Mapping[tuple[str, str], Mapping[str, Any]], end: pd.Timestamp | None, span: int
) -> dict[str, object]:
    settings = context.loaded.plan.sources[name]
    success, failure, pause = (pulls.get((name, status)) for status in ("committed", "failed", "paused"))
    succeeded, failed, paused = (pull["recorded_at"] if pull else None for pull in (success, failure, pause))
    through = None if end is None else min(end - pd.Timedelta(days=1), pd.Timestamp(context.today))
    sampled = sampled_sources(context.loaded.plan).get(name)
    late_after = settings.fresh_within_days or (sampled.longest_period if sampled else span) + LATE_DAYS
    fresh = through is not None and (pd.Timestamp(context.today) - through).days <= late_after
    return {
        "source": name,
        "type": settings.type,
        "last_success_at": pd.Timestamp(succeeded) if succeeded else pd.NaT,
        "data_through": through,
        "fresh": fresh,
        "last_error": failure["error"] if failure and (succeeded is None or failed > succeeded) else None,
        "waiting": pause["error"] if pause and (succeeded is None or paused > succeeded) else None,
        "access_expires_at": pd.Timestamp(ends) if (ends := success and success["access_expires_at"]) else pd.NaT,
    }


def _activities(context: Context) -> pd.DataFrame:
    rows = [
        (name, pd.Timestamp(a.date), a.title, a.channel, list(a.indicators))
        for name, a in context.loaded.plan.activities.items()
    ]
    return pd.DataFrame(rows, columns=PUBLISHED_ACTIVITIES.names)
