"""Reports of large properties: sampling, thresholding, "(other)", and very many rows."""

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sandbox.days import ZONE, days

ENDLESS_PAGES = 10_000
FEWEST_USERS = 12
"""Rows of fewer users are withheld from the large property."""
SMALL = {"/km/communities/", "/km/guides/lessons-learned/"}
"""Pages that the large property sums up as "(other)"."""
Row = dict[str, Any]


def as_large_property(
    rows: list[Row], dimensions: list[str], metrics: list[str], metadata: dict[str, Any]
) -> tuple[list[Row], dict[str, Any]]:
    """The report of a property with too many different pages, with small numbers of users withheld."""
    metadata = metadata | {"dataLossFromOtherRow": True}
    rows = _with_other(rows, dimensions.index("pagePath")) if "pagePath" in dimensions else rows
    if "activeUsers" not in metrics or "pagePath" not in dimensions:
        return rows, metadata
    users = metrics.index("activeUsers")
    return [row for row in rows if int(row["metricValues"][users]["value"]) >= FEWEST_USERS], metadata | {
        "subjectToThresholding": True
    }


def _with_other(rows: list[Row], at: int) -> list[Row]:
    """Small pages in one row "(other)" a day."""
    merged: dict[tuple[str, ...], Row] = {}
    for row in rows:
        cells = [
            {"value": "(other)"} if place == at and cell["value"] in SMALL else cell
            for place, cell in enumerate(row["dimensionValues"])
        ]
        key = tuple(cell["value"] for cell in cells)
        existing = merged.get(key)
        values = row["metricValues"]
        if existing is not None:
            values = [
                {"value": str(int(one["value"]) + int(other["value"]))}
                for one, other in zip(existing["metricValues"], values, strict=True)
            ]
        merged[key] = {"dimensionValues": cells, "metricValues": values}
    return list(merged.values())


@lru_cache(maxsize=64)
def endless_report(ranges: str, offset: int, limit: int, *, compact: bool) -> bytes:
    """Page views of very many pages on each of the days, by date and page, whatever is requested."""
    start, last = (date.fromisoformat(text) for text in re.findall(r"\d{4}-\d\d-\d\d", ranges)[:2])
    every = [f"{one:%Y%m%d}" for one in days(start, last + timedelta(days=1))]
    total, row = len(every) * ENDLESS_PAGES, _ROW if compact else _INDENTED_ROW
    places = range(offset, min(offset + limit, total))
    rows = ",".join(
        row % (every[at // ENDLESS_PAGES], f"/km/page-{at % ENDLESS_PAGES:05}", at % 977 + 1) for at in places
    )
    dimensions = '"dimensionHeaders":[{"name":"date"},{"name":"pagePath"}]'
    headers = f'{dimensions},"metricHeaders":[{{"name":"screenPageViews","type":"TYPE_INTEGER"}}]'
    metadata = f'"rowCount":{total},"metadata":{{"currencyCode":"GBP","timeZone":"{ZONE.key}"}}'
    return f'{{{headers},"rows":[{rows}],{metadata},"kind":"analyticsData#runReport"}}'.encode()


_ROW = '{"dimensionValues":[{"value":"%s"},{"value":"%s"}],"metricValues":[{"value":"%d"}]}'
_CELL = '        {\n          "value": "%s"\n        }'
_INDENTED_ROW = (
    f'\n    {{\n      "dimensionValues": [\n{_CELL},\n{_CELL}\n      ],\n      "metricValues": [\n'
    + _CELL.replace("%s", "%d")
    + "\n      ]\n    }"
)
"""A row in Google's layout, unless the request has prettyPrint=false."""
