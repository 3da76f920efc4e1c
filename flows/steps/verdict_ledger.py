"""Every evaluation goes on the ledger: what was told on any day can be told again."""

import hashlib
from datetime import datetime
from importlib.metadata import version

import pandas as pd
import pyarrow as pa

from flows.steps.assess import Assessment
from flows.steps.context import Context
from plan.model import Plan
from transforms.history import GOAL_FIELDS, rows_to_record, verdicts_as_of
from warehouse.root import open_root
from warehouse.schema import EVALUATIONS, PUBLISHED_VERDICTS, VERDICT_LEDGER, Table
from warehouse.schema.ledgers import GOAL_COLUMNS
from warehouse.tables import Tables, to_arrow, to_pandas


def record_verdicts(context: Context, assessed: Assessment) -> pd.DataFrame:
    """Add what differs from the evaluation before, and that this one was made; the whole ledger of verdicts with it."""
    plan, ours = context.loaded.plan, version("km-indicators")
    words = pd.DataFrame(
        [(name, indicator.title, definition_hash(plan, name)) for name, indicator in plan.indicators.items()],
        columns=["indicator_id", "title", "plan_hash"],
    )
    goal = assessed.targets[["indicator_id", *GOAL_FIELDS]]
    verdicts = assessed.verdicts.merge(goal, on="indicator_id").merge(words, on="indicator_id").assign(version=ours)
    before = to_pandas(context.tables.read(VERDICT_LEDGER))
    news = rows_to_record(verdicts, before)
    context.tables.append(VERDICT_LEDGER, to_arrow(news, VERDICT_LEDGER))
    made = pd.DataFrame({"as_of": [verdicts["as_of"].max()], "indicators": [list(plan.indicators)], "version": [ours]})
    context.tables.append(EVALUATIONS, to_arrow(made, EVALUATIONS))
    return news if before.empty else pd.concat([before, news], ignore_index=True)


def read_verdicts_as_of(address: str, instant: datetime) -> tuple[pa.Table, datetime | None]:
    """The columns of verdicts.parquet and title, as the last evaluation up to ``instant`` (aware UTC) had them; when the first evaluation was made."""
    tables = Tables(open_root(address))
    evaluations = to_pandas(tables.read(EVALUATIONS))
    told = verdicts_as_of(to_pandas(tables.read(VERDICT_LEDGER)), evaluations, pd.Timestamp(instant))
    first = None if evaluations.empty else evaluations["as_of"].min().to_pydatetime()
    titled = Table("told", PUBLISHED_VERDICTS.grain, (*PUBLISHED_VERDICTS.columns, GOAL_COLUMNS[0]))
    return to_arrow(told, titled), first


def definition_hash(plan: Plan, indicator: str) -> str:
    """The same for the same words of what the plan says of an indicator: its own part, the calendar and its breaks. A default left out is not a word."""
    broken = [found for found in plan.breaks if not found.indicators or indicator in found.indicators]
    parts = (plan.indicators[indicator], plan.calendar, *broken)
    return hashlib.sha256(
        "\n".join(part.model_dump_json(exclude_defaults=True) for part in parts).encode()
    ).hexdigest()[:16]
