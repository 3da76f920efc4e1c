"""The artifacts of a run on Prefect's page: verdicts, refused rows, a link to the report."""

import re
from typing import Any

import httpx
from prefect.artifacts import create_link_artifact, create_table_artifact

from flows.steps.context import Context
from reports.plain_text import one_line
from reports.words import VERDICT_ORDER, alert_label, probability_label, verdict_label
from transforms.formatting import number
from warehouse.published_tables import PublishedTables
from warehouse.refusals import open_refusals
from warehouse.schema import PUBLISHED_INDICATORS, PUBLISHED_VERDICTS

VERDICTS_KEY, REFUSED_KEY, PAGE_KEY = "kmi-verdicts", "kmi-refused", "kmi-page"
MAX_ROWS = 200
"""Refused rows in the table; the others are only counted."""
MAX_CELL = 500
"""Characters in a cell."""
MARKDOWN_MARKS = re.compile(r"[\\`*_\[<~|&]|^(?:>|[#+-](?=[\s#]|$)|\d+(?=[.)](?:\s|$)))")
"""What Prefect's page renders as Markdown or HTML in a cell. Its page "V2" renders neither and shows the backslash."""


def write_artifacts(context: Context, tables: PublishedTables) -> None:
    """Write a new version of each artifact; of a member of a fleet under keys of its own.

    If the server does not accept one, that is logged and the run goes on.
    """
    refused, description = refusal_rows(context)
    of_member = f"-{context.member.replace('_', '-')}" if context.member else ""
    page = context.loaded.plan.alerts.page
    try:
        create_table_artifact(
            verdict_rows(tables),
            key=f"{VERDICTS_KEY}{of_member}",
            description="The verdict on each indicator, the worst first.",
        )
        create_table_artifact(refused, key=REFUSED_KEY + of_member, description=description)
        if page:
            create_link_artifact(
                page,
                link_text="The report",
                key=PAGE_KEY + of_member,
                description="The report page that the plan names.",
            )
    except httpx.HTTPError as error:
        context.log(f"the server did not accept the artifacts ({type(error).__name__}); the next run makes them again")


def verdict_rows(tables: PublishedTables) -> list[dict[str, Any]]:
    """One row per indicator, in the words of ``kmi status``."""
    indicators = tables.by(PUBLISHED_INDICATORS, "indicator_id")
    rows = sorted(
        tables.rows(PUBLISHED_VERDICTS),
        key=lambda row: (row["alert"] != "firing", VERDICT_ORDER.index(row["verdict"])),
    )
    return [
        {
            "Indicator": markdown_cell(indicators[row["indicator_id"]]["title"]),
            "Verdict": verdict_label(row),
            "Value": markdown_cell(row["value"]),
            "Expected": markdown_cell(row["expected"]),
            "Through": markdown_cell(row["through"]),
            "Chance": markdown_cell(probability_label(row)),
            "Alert": markdown_cell(alert_label(row)),
            "Grade": row["grade"].replace("_", " "),
            "Owner": markdown_cell(indicators[row["indicator_id"]]["owner"]),
            "Why": markdown_cell(row["reason"]),
        }
        for row in rows
    ]


def refusal_rows(context: Context) -> tuple[list[dict[str, Any]], str]:
    """The open refusals, the newest first, and the description above their table."""
    rows, redact = open_refusals(context.tables), context.redactor.redact_data
    if rows.empty:
        return [], "Nothing is refused."
    newest = rows.iloc[::-1].head(MAX_ROWS)
    columns = {"Id": "refused_id", "Source": "source", "Where": "origin", "Why": "reason", "What to do": "action"}
    records = newest.to_dict("records")
    table = [{title: markdown_cell(redact(str(row[name]))) for title, name in columns.items()} for row in records]
    more = f"The newest {MAX_ROWS} are shown; " if len(rows) > MAX_ROWS else ""
    return table, f"{len(rows)} refused. {more}`kmi refused` lists them all and releases a row."


def markdown_cell(value: Any) -> str:
    """A value as a table cell: text escaped, numbers as in sentences, a dash if unknown."""
    text = (
        number(value) if isinstance(value, float) else "–" if value in (None, "-") else one_line(str(value), MAX_CELL)
    )
    return MARKDOWN_MARKS.sub(lambda mark: f"{mark[0]}\\" if mark[0].isdigit() else f"\\{mark[0]}", text)
