"""Record every evaluation on the ledger, so that the verdicts of any day can be shown again."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

import pandas as pd
import pyarrow as pa

from flows.steps.assess import Assessment
from flows.steps.context import Context
from plan.model import Plan
from transforms.judgement.history import GOAL_FIELDS, alerts_raised, rows_to_record, verdicts_as_of
from warehouse.frames import to_arrow, to_pandas
from warehouse.root import open_root
from warehouse.schema import EVALUATIONS, PUBLISHED_VERDICTS, VERDICT_LEDGER, Table
from warehouse.schema.ledgers import GOAL_COLUMNS
from warehouse.tables import Tables


@dataclass(frozen=True)
class RecordedVerdicts:
    """``verdicts`` in the published columns; ``ledger``: the whole verdict ledger."""

    verdicts: pd.DataFrame
    ledger: pd.DataFrame


def record_verdicts(context: Context, assessed: Assessment) -> RecordedVerdicts:
    """Record the evaluation and the verdicts that changed."""
    before = to_pandas(context.tables.read(VERDICT_LEDGER))
    published = assessed.verdicts.assign(alert_raised_at=alerts_raised(assessed.verdicts, before))
    plan, kmi_version = context.loaded.plan, version("km-indicators")
    definitions = pd.DataFrame(
        [(name, indicator.title, definition_hash(plan, name)) for name, indicator in plan.indicators.items()],
        columns=["indicator_id", "title", "plan_hash"],
    )
    goals = assessed.targets[["indicator_id", *GOAL_FIELDS]]
    verdicts = published.merge(goals, on="indicator_id").merge(definitions, on="indicator_id")
    unsettled = assessed.periods[assessed.periods["provisional"].astype(bool)]
    changed = rows_to_record(verdicts.assign(version=kmi_version), before, unsettled)
    context.tables.append(VERDICT_LEDGER, to_arrow(changed, VERDICT_LEDGER))
    evaluation = {"as_of": verdicts["as_of"].max(), "indicators": list(plan.indicators), "version": kmi_version}
    context.tables.append(EVALUATIONS, to_arrow(pd.DataFrame([evaluation]), EVALUATIONS))
    ledger = changed if before.empty else pd.concat([before, changed], ignore_index=True)
    return RecordedVerdicts(published, ledger)


def read_verdicts_as_of(address: str, instant: datetime) -> tuple[pa.Table, datetime | None]:
    """The verdicts as of ``instant`` (aware UTC), and when the first evaluation was made.

    The table has the columns of verdicts.parquet and the title.
    """
    tables = Tables(open_root(address))
    evaluations = to_pandas(tables.read(EVALUATIONS))
    verdicts = verdicts_as_of(to_pandas(tables.read(VERDICT_LEDGER)), evaluations, pd.Timestamp(instant))
    first = None if evaluations.empty else evaluations["as_of"].min().to_pydatetime()
    schema = Table("verdicts", PUBLISHED_VERDICTS.grain, (*PUBLISHED_VERDICTS.columns, GOAL_COLUMNS[0]))
    return to_arrow(verdicts, schema), first


def definition_hash(plan: Plan, indicator: str) -> str:
    """A hash of an indicator's definition: its part of the plan, the calendar, its breaks, and from when on the plan
    takes its sources' figures for final, where the plan says so."""
    breaks = [found for found in plan.breaks if not found.indicators or indicator in found.indicators]
    parts = (plan.indicators[indicator], plan.calendar, *breaks)
    settled = [
        f"{name}: {plan.sources[name].restated_days}"
        for name in sorted({measure.source for measure in plan.indicators[indicator].measures})
        if "restated_days" in plan.sources[name].model_fields_set
    ]
    text = "\n".join([*(part.model_dump_json(exclude_defaults=True) for part in parts), *settled])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
