"""What a run leaves on Prefect's page: the verdicts, the rows that are refused, and the way to the report."""

from typing import Any

import httpx
from prefect.artifacts import create_link_artifact, create_table_artifact

from flows.status import read_published
from flows.steps.context import Context
from reports.words import alert_words, chance_words, verdict_words
from warehouse.refusals import open_refusals

VERDICTS, REFUSED, PAGE = "kmi-verdicts", "kmi-refused", "kmi-page"
WORST_FIRST = ("behind", "at_risk", "not_assessable", "on_track", "achieved")
SHOWN = 200
"""Refused rows in the table; the rest is counted."""


def leave_artifacts(context: Context) -> None:
    """Make a new version of each. That the server does not take one is said in the log; it never fails the data."""
    table, said = refused(context)
    page = context.loaded.plan.alerts.page
    try:
        create_table_artifact(verdicts(context), key=VERDICTS, description="The verdict on each indicator, the worst first.")
        create_table_artifact(table, key=REFUSED, description=said)
        if page:
            create_link_artifact(page, link_text="The report", key=PAGE, description="The report page that the plan names.")
    except httpx.HTTPError as error:
        context.tell(f"the server did not take the artifacts ({type(error).__name__}); the next run makes them again")


def verdicts(context: Context) -> list[dict[str, Any]]:
    """One row an indicator, as ``kmi status`` says it."""
    indicators = {row["indicator_id"]: row for row in read_published(context.root.address, "indicators")}
    rows = sorted(read_published(context.root.address, "verdicts"), key=lambda row: (row["alert"] != "firing", WORST_FIRST.index(row["verdict"])))
    return [
        {
            "Indicator": indicators[row["indicator_id"]]["title"],
            "Verdict": verdict_words(row),
            "Value": row["value"],
            "Expected": row["expected"],
            "Through": None if row["through"] is None else row["through"].isoformat(),
            "Chance": chance_words(row),
            "Alert": alert_words(row),
            "Grade": row["grade"],
            "Owner": indicators[row["indicator_id"]]["owner"],
            "Why": row["reason"],
        }
        for row in rows
    ]


def refused(context: Context) -> tuple[list[dict[str, Any]], str]:
    """The open refusals, the newest first, and what is said above them."""
    rows = open_refusals(context.tables)
    if rows.empty:
        return [], "Nothing is refused."
    newest = rows.iloc[::-1].head(SHOWN)
    table = [{"Id": row.refused_id, "Source": row.source, "Where": row.origin, "Why": row.reason, "What to do": row.action} for row in newest.itertuples()]
    more = f"The newest {SHOWN} are shown; " if len(rows) > SHOWN else ""
    return table, f"{len(rows)} refused. {more}`kmi refused` lists them all and lets a row through."
