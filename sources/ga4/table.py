"""A report of the Data API as columns: read by Arrow's own JSON reader, without an object for each row.

Every value of a report is a text. https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/RunReportResponse
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json as arrow_json

from sources.contract import RawPage
from warehouse.errors import ShapeError

_DO = "run again; if it stays so, check the address of the interface"
_ROW_DO = "run again; if it stays so, the interface has changed"
_NAMES = pa.list_(pa.struct([("name", pa.string())]))
_VALUES = pa.list_(pa.struct([("value", pa.string())]))
_METADATA = pa.struct(
    [
        ("dataLossFromOtherRow", pa.bool_()),
        (
            "dataTruncationReasons",
            pa.list_(pa.struct([("dataTruncationType", pa.string()), ("dataTruncationMessage", pa.string())])),
        ),
        ("emptyReason", pa.string()),
        (
            "samplingMetadatas",
            pa.list_(pa.struct([("samplesReadCount", pa.string()), ("samplingSpaceSize", pa.string())])),
        ),
        (
            "schemaRestrictionResponse",
            pa.struct([("activeMetricRestrictions", pa.list_(pa.struct([("metricName", pa.string())])))]),
        ),
        ("subjectToThresholding", pa.bool_()),
        ("timeZone", pa.string()),
    ]
)
_SHAPE = pa.schema(
    [
        ("dimensionHeaders", _NAMES),
        ("metricHeaders", _NAMES),
        ("rows", pa.list_(pa.struct([("dimensionValues", _VALUES), ("metricValues", _VALUES)]))),
        ("rowCount", pa.int64()),
        ("metadata", _METADATA),
        ("kind", pa.string()),
    ]
)
"""What is read of an answer; everything else in it is passed over."""


@dataclass(frozen=True)
class Report:
    """One answer. ``dimensions`` and ``metrics``: the texts of each column by name, an empty text where there is none."""

    count: int
    dimensions: Mapping[str, Any]
    metrics: Mapping[str, Any]
    metadata: Mapping[str, Any]

    @property
    def flags(self) -> tuple[str, ...]:
        """What the metadata say of every number of the report."""
        told = self.metadata
        incomplete = told.get("dataLossFromOtherRow") or told.get("dataTruncationReasons")
        signs = (
            ("incomplete", incomplete),
            ("sampled", told.get("samplingMetadatas")),
            ("thresholded", told.get("subjectToThresholding")),
        )
        return tuple(flag for flag, holds in signs if holds)

    @property
    def restricted(self) -> frozenset[str]:
        """The metrics that the account may not see; what stands in their place is no number."""
        entries = (self.metadata.get("schemaRestrictionResponse") or {}).get("activeMetricRestrictions") or ()
        return frozenset(str(entry["metricName"]) for entry in entries if entry)


def report(page: RawPage) -> Report:
    """The report in the page. Raises ``ShapeError``."""
    found = _read(page)
    if all(found[name].null_count for name in ("metricHeaders", "rows", "metadata", "kind")):
        raise ShapeError("the answer is no report", where=page.url, do=_DO)
    rows = found["rows"].combine_chunks().flatten()
    names = {
        kind: [str(entry["name"]) for entry in found[f"{kind}Headers"][0].as_py() or () if entry]
        for kind in ("dimension", "metric")
    }
    dimensions, metrics = (_columns(rows, f"{kind}Values", names[kind], page) for kind in ("dimension", "metric"))
    return Report(len(rows), dimensions, metrics, found["metadata"][0].as_py() or {})


def _read(page: RawPage) -> Any:
    options = arrow_json.ParseOptions(
        explicit_schema=_SHAPE, newlines_in_values=True, unexpected_field_behavior="ignore"
    )
    whole = arrow_json.ReadOptions(use_threads=False, block_size=len(page.body) + 1)
    start, end = page.body.lstrip()[:1], page.body.rstrip()[-1:]
    # Arrow's reader does not survive a bare null and does not look at the encoding.
    body = page.body if (start, end) == (b"{", b"}") else b""
    try:
        pc.cast(pa.array([body]), pa.string())
        found = arrow_json.read_json(pa.BufferReader(body), read_options=whole, parse_options=options)
    except (pa.ArrowException, ValueError):
        what = (
            "a web page"
            if start == b"<"
            else "an empty answer"
            if not start
            else "JSON that breaks off, is broken or is no report"
        )
        raise ShapeError(f"{what} came instead of a report", where=page.url, do=_DO) from None
    if found.num_rows != 1:
        raise ShapeError("the answer is no report", where=page.url, do=_DO)
    return found


def _columns(rows: Any, field: str, names: Sequence[str], page: RawPage) -> dict[str, Any]:
    """The values of each row by name. Raises ``ShapeError`` where a row has more or fewer of them than there are names."""
    cells = pc.struct_field(rows, field)
    lengths = pc.fill_null(pc.list_value_length(cells), 0)
    if not pc.all(pc.equal(lengths, len(names))).as_py() and len(rows):
        raise ShapeError(
            f"a row of the report has not as many {field} as there are headers", where=page.url, do=_ROW_DO
        )
    values = pc.struct_field(pc.list_flatten(cells), "value")
    step, found = len(names), {}
    for at, name in enumerate(names):
        column = values if step == 1 else values.take(pa.array(np.arange(at, len(values), step)))
        found[name] = pc.fill_null(column, "")
    return found


def days(texts: Any) -> tuple[pd.Series, pd.Series]:
    """First day and the day after of each ``YYYYMMDD``; NaT for a reserved value such as ``(other)``."""
    return spans(texts, {text: day for text in pc.unique(texts).to_pylist() if (day := _day(text)) is not None})


def spans(texts: Any, known: Mapping[str, tuple[date, date]]) -> tuple[pd.Series, pd.Series]:
    """First day and the day after the last one of each text, as ``known`` tells; NaT for the others."""
    coded = texts.dictionary_encode()
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    places, names = coded.indices.to_numpy(zero_copy_only=False), coded.dictionary.to_pylist()
    both = []
    for side in (0, 1):
        edges = np.array([known[name][side] if name in known else "NaT" for name in names], dtype="datetime64[us]")
        both.append(pd.Series(edges[places]))
    return both[0], both[1]


def numbers(texts: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The values; NaN for what is no finite number."""
    try:
        found = pc.cast(texts, pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        found = pd.to_numeric(texts.to_pandas(), errors="coerce").to_numpy(dtype="float64")
    return np.where(np.isfinite(found), found, np.nan)


def text_series(texts: Any) -> pd.Series:
    """Texts of Arrow as pandas holds them, without an object for each."""
    return pd.Series(texts.to_pandas(), dtype="str")


def constant(text: str, count: int) -> pd.Series:
    return text_series(pa.repeat(pa.scalar(text), count))


def origins(page: RawPage, offset: int, count: int) -> pd.Series:
    """Where each row stands: the address and its number in the report."""
    places = pc.cast(pa.array(np.arange(offset + 1, offset + count + 1)), pa.string())
    return text_series(pc.binary_join_element_wise(pa.scalar(f"{page.url} row"), places, " "))


def _day(text: str) -> tuple[date, date] | None:
    try:
        start = datetime.strptime(text, "%Y%m%d").date() if len(text) == 8 else None  # noqa: DTZ007 - a day has no zone
        return (start, date.fromordinal(start.toordinal() + 1)) if start else None
    except (ValueError, OverflowError):
        return None
