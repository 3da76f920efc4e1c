"""From what was judged to the files that BI tools read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa

from flows.steps import bi_model
from flows.steps.activity_effects import activity_effects
from flows.steps.assess import Assessment
from flows.steps.bi_calendar import calendar_table
from flows.steps.context import Context
from flows.steps.missing_days import day_ranges, missing_days, missing_of_entities
from flows.steps.note_ledger import notes_table
from flows.steps.observed_days import COLUMNS, observed_days
from flows.steps.sampled_sources import sampled_sources
from flows.steps.verdict_ledger import record_verdicts
from transforms.judgement.history import verdict_changes
from warehouse import published_files
from warehouse.check_results import newest_results
from warehouse.copied_columns import with_copies
from warehouse.foreign_text import redacted
from warehouse.frames import to_arrow, to_pandas
from warehouse.published_files import Extract
from warehouse.published_tables import PublishedTables, just_published
from warehouse.pulls import coverage, last_pulls
from warehouse.refusals import open_refusals
from warehouse.schema import (
    BREAKS,
    OBSERVATIONS,
    PUBLISHED_ACTIVITIES,
    PUBLISHED_BREAKS,
    PUBLISHED_CALENDAR,
    PUBLISHED_CHECKS,
    PUBLISHED_EFFECTS,
    PUBLISHED_ENTITIES,
    PUBLISHED_ENTITY_PERIODS,
    PUBLISHED_FORECASTS,
    PUBLISHED_HISTORY,
    PUBLISHED_INDICATOR_BREAKS,
    PUBLISHED_INDICATORS,
    PUBLISHED_MEASURES,
    PUBLISHED_METRICS,
    PUBLISHED_NOTES,
    PUBLISHED_OBJECTIVES,
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
from warehouse.table_scan import DataFile, TableScan, mark, scan_table

LATE_DAYS = 7


@dataclass(frozen=True)
class Publication:
    """``changed``: the names of the files that were written; ``tables``: all that is published now."""

    changed: list[str]
    tables: PublishedTables


def publish(context: Context, assessed: Assessment) -> Publication:
    """Record the verdicts and write the published files that changed."""
    recorded = record_verdicts(context, assessed)
    scan = scan_table(context.tables, OBSERVATIONS, COLUMNS)
    frames = (
        (PUBLISHED_INDICATORS, _indicators(context, assessed)),
        (PUBLISHED_PERIODS, assessed.periods),
        (PUBLISHED_VERDICTS, recorded.verdicts),
        (PUBLISHED_FORECASTS, assessed.forecasts),
        (PUBLISHED_PATHS, assessed.paths),
        (PUBLISHED_HISTORY, verdict_changes(recorded.ledger)),
        (PUBLISHED_SOURCES, _sources(context, scan).merge(assessed.settled.sources, on="source")),
        (
            PUBLISHED_PULLS,
            to_pandas(context.tables.read(PULLS, None, PUBLISHED_PULLS.own_names)).sort_values(
                ["recorded_at", "pull_id"]
            ),
        ),
        (PUBLISHED_PERIOD_PULLS, _period_pulls(assessed.periods)),
        (PUBLISHED_CHECKS, newest_results(context.tables, context.loaded.sources)),
        (PUBLISHED_SETTLING, assessed.settled.ages),
        (PUBLISHED_BREAKS, to_pandas(context.tables.read(BREAKS))),
        (PUBLISHED_INDICATOR_BREAKS, assessed.breaks),
        (PUBLISHED_SAMPLE_ESTIMATES, assessed.estimates),
        (PUBLISHED_ACTIVITIES, _activities(context)),
        (PUBLISHED_NOTES, notes_table(context)),
        *_bi_model(context, assessed),
        (PUBLISHED_EFFECTS, activity_effects(context, assessed)),
    )
    redact = context.redactor.redact_data
    files = {table.name: (table, redacted(table.name, to_arrow(frame, table), redact)) for table, frame in frames}
    changed = published_files.publish(context.root, files, _by_year(context, scan))
    return Publication(changed, just_published({name: rows for name, (_, rows) in files.items()}))


def _bi_model(context: Context, assessed: Assessment) -> tuple[tuple[Table, pd.DataFrame], ...]:
    """The tables that relate the others for BI tools."""
    plan, known = context.loaded.plan, assessed.known
    return (
        (PUBLISHED_MEASURES, bi_model.measures(plan, known)),
        (PUBLISHED_METRICS, bi_model.metrics(context)),
        (PUBLISHED_OBJECTIVES, bi_model.objectives(plan)),
        (PUBLISHED_ENTITIES, bi_model.entities(context, known)),
        (PUBLISHED_CALENDAR, calendar_table(plan.calendar, *bi_model.first_and_last_day(context, assessed))),
        (PUBLISHED_ENTITY_PERIODS, bi_model.entity_periods(context, assessed)),
    )


def _by_year(context: Context, scan: TableScan) -> dict[str, Extract]:
    """The observations of each year. Only the years of which a stored file changed are read."""
    files = dict[str, list[DataFile]]()
    for one in scan.data:
        files.setdefault(one.month[:4], []).append(one)
    return {f"observations-{year}": _of_year(context, year, data) for year, data in sorted(files.items())}


def _of_year(context: Context, year: str, data: Sequence[DataFile]) -> Extract:
    def rows() -> pa.Table:
        within = f"month >= '{year}-01' AND month <= '{year}-12'"
        found = context.tables.read(OBSERVATIONS, within, PUBLISHED_OBSERVATIONS.own_names)
        return with_copies(found, PUBLISHED_OBSERVATIONS)

    return Extract(PUBLISHED_OBSERVATIONS, mark(data), rows)


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
            "objective_id": indicator.objective,
            "owner": indicator.owner,
            "sources": sorted({measure.source for measure in indicator.measures}),
        }
        for name, indicator in context.loaded.plan.indicators.items()
    ]
    return pd.DataFrame(rows).merge(assessed.targets, on="indicator_id")


def _sources(context: Context, scan: TableScan) -> pd.DataFrame:
    observed = observed_days(context, scan)
    refused = open_refusals(context.tables).groupby("source").size()
    through = coverage(context.tables).groupby("source")["end"].max()
    pulls = last_pulls(context.tables)
    missing = missing_days(context, observed.windows)
    single = missing_of_entities(context, observed.windows, missing)
    frame = pd.DataFrame(
        [
            _source(context, name, pulls, through.get(name), observed.newest.get(name, 1))
            for name in context.loaded.sources
        ]
    )
    return frame.assign(
        rows=[observed.rows.get(name, 0) for name in frame["source"]],
        refused=[int(refused.get(name, 0)) for name in frame["source"]],
        missing=pd.Series([day_ranges(missing[name]) for name in frame["source"]], dtype=object),
        missing_of_entities=pd.Series([single[name] for name in frame["source"]], dtype=object),
    )


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
        "ready": settings.ready,
    }


def _activities(context: Context) -> pd.DataFrame:
    rows = [
        (name, pd.Timestamp(a.date), a.title, a.channel, list(a.indicators))
        for name, a in context.loaded.plan.activities.items()
    ]
    return pd.DataFrame(rows, columns=PUBLISHED_ACTIVITIES.own_names)
