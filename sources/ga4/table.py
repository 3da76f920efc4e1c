"""Reads a Data API report into columns with Arrow's JSON reader, without a Python object per row.

Every value of a report is text:
https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/RunReportResponse
"""

import json
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
from sources.json_values import as_text, parse_json
from warehouse.errors import ShapeError, printable

_DO = "run again; if it happens again, check the address of the interface"
_ROW_DO = "run again; if it happens again, the interface has changed"
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
"""The fields that are read; all others are ignored."""


@dataclass(frozen=True)
class Report:
    """One page of a report; its columns by name, as Arrow text, empty where a value is missing."""

    count: int
    dimensions: Mapping[str, Any]
    metrics: Mapping[str, Any]
    metadata: Mapping[str, Any]

    @property
    def flags(self) -> tuple[str, ...]:
        """The flags that the metadata put on every value of the report."""
        metadata = self.metadata
        incomplete = metadata.get("dataLossFromOtherRow") or metadata.get("dataTruncationReasons")
        signs = (
            ("incomplete", incomplete),
            ("sampled", metadata.get("samplingMetadatas")),
            ("thresholded", metadata.get("subjectToThresholding")),
        )
        return tuple(flag for flag, present in signs if present)

    @property
    def restricted(self) -> frozenset[str]:
        """The metrics that the account may not see; their columns hold no numbers."""
        entries = (self.metadata.get("schemaRestrictionResponse") or {}).get("activeMetricRestrictions") or ()
        return frozenset(str(entry["metricName"]) for entry in entries if entry)


def read_report(page: RawPage) -> Report:
    """The report in the page. Raises ``ShapeError``."""
    table = _read_json(page)
    if all(table[name].null_count for name in ("metricHeaders", "rows", "metadata", "kind")):
        raise ShapeError("the response is not a report", where=page.url, do=_DO)
    rows = table["rows"].combine_chunks().flatten()
    names = {
        kind: [str(entry["name"]) for entry in table[f"{kind}Headers"][0].as_py() or () if entry]
        for kind in ("dimension", "metric")
    }
    dimensions, metrics = (_columns(rows, f"{kind}Values", names[kind], page) for kind in ("dimension", "metric"))
    return Report(len(rows), dimensions, metrics, table["metadata"][0].as_py() or {})


def _read_json(page: RawPage) -> Any:
    options = arrow_json.ParseOptions(
        explicit_schema=_SHAPE, newlines_in_values=True, unexpected_field_behavior="ignore"
    )
    one_block = arrow_json.ReadOptions(use_threads=False, block_size=len(page.body) + 1)
    start, end = page.body.lstrip()[:1], page.body.rstrip()[-1:]
    # Arrow's reader crashes on a bare null and does not check the encoding.
    body = page.body if (start, end) == (b"{", b"}") else b""
    try:
        try:
            table = arrow_json.read_json(pa.BufferReader(_utf8(body)), read_options=one_block, parse_options=options)
        except (pa.ArrowException, ValueError):
            body = _utf8(_with_texts(body, page.url))
            one_block = arrow_json.ReadOptions(use_threads=False, block_size=len(body) + 1)
            table = arrow_json.read_json(pa.BufferReader(body), read_options=one_block, parse_options=options)
    except (pa.ArrowException, ValueError, ShapeError):
        what = {b"<": "a web page", b"": "an empty response"}.get(start, "truncated, broken or unexpected JSON")
        raise ShapeError(f"{what} came instead of a report", where=page.url, do=_DO) from None
    if table.num_rows != 1:
        raise ShapeError("the response is not a report", where=page.url, do=_DO)
    return table


def _utf8(body: bytes) -> bytes:
    pc.cast(pa.array([body]), pa.string())
    return body


def _with_texts(body: bytes, where: str) -> bytes:
    """The report with a text in every cell, so that one poisoned cell refuses its row and not the report."""
    document = parse_json(body, where)
    rows = document.get("rows") if isinstance(document, dict) else None
    for row in rows if isinstance(rows, list) else ():
        for name in ("dimensionValues", "metricValues"):
            cells = row.get(name) if isinstance(row, dict) else None
            if isinstance(cells, list):
                row[name] = [{"value": _cell_text(cell)} for cell in cells]
    return json.dumps(document, default=str).encode()


def _cell_text(cell: object) -> str:
    value = cell.get("value") if isinstance(cell, dict) else None
    return printable(value) if isinstance(value, str) else as_text(value)[:100]


def _columns(rows: Any, field: str, names: Sequence[str], page: RawPage) -> dict[str, Any]:
    """Each column by name. Raises ``ShapeError`` if a row has more or fewer cells than there are names."""
    cells = pc.struct_field(rows, field)
    lengths = pc.fill_null(pc.list_value_length(cells), 0)
    if not pc.all(pc.equal(lengths, len(names))).as_py() and len(rows):
        what = f"a row of the report has more or fewer {field} than there are headers"
        raise ShapeError(what, where=page.url, do=_ROW_DO)
    values = pc.struct_field(pc.list_flatten(cells), "value")
    step, columns = len(names), {}
    for at, name in enumerate(names):
        column = values if step == 1 else values.take(pa.array(np.arange(at, len(values), step)))
        columns[name] = pc.fill_null(column, "")
    return columns


def day_bounds(texts: Any) -> tuple[pd.Series, pd.Series]:
    """The day of each ``YYYYMMDD`` and the day after it; NaT for a reserved value such as ``(other)``."""
    return span_bounds(texts, {text: day for text in pc.unique(texts).to_pylist() if (day := _day(text)) is not None})


def span_bounds(texts: Any, bounds: Mapping[str, tuple[date, date]]) -> tuple[pd.Series, pd.Series]:
    """First day of each text, and day after the last, looked up in ``bounds``; NaT for texts that are not there."""
    coded = texts.dictionary_encode()
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    indices, names = coded.indices.to_numpy(zero_copy_only=False), coded.dictionary.to_pylist()
    starts, ends = (
        np.array([bounds[name][side] if name in bounds else "NaT" for name in names], dtype="datetime64[us]")
        for side in (0, 1)
    )
    return pd.Series(starts[indices]), pd.Series(ends[indices])


def numbers(texts: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The texts as numbers, shape (rows,); NaN for anything but a finite number."""
    try:
        values = pc.cast(texts, pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        values = pd.to_numeric(texts.to_pandas(), errors="coerce").to_numpy(dtype="float64")
    return np.where(np.isfinite(values), values, np.nan)


def text_series(texts: Any) -> pd.Series:
    """Arrow text as a pandas series of strings."""
    return pd.Series(texts.to_pandas(), dtype="str")


def constant(text: str, count: int) -> pd.Series:
    return text_series(pa.repeat(pa.scalar(text), count))


def origins(page: RawPage, offset: int, count: int) -> pd.Series:
    """The origin of each row: the address and the row's number in the report."""
    rows = pc.cast(pa.array(np.arange(offset + 1, offset + count + 1)), pa.string())
    return text_series(pc.binary_join_element_wise(pa.scalar(f"{page.url} row"), rows, " "))


def _day(text: str) -> tuple[date, date] | None:
    try:
        start = datetime.strptime(text, "%Y%m%d").date() if len(text) == 8 else None  # noqa: DTZ007 - a day has no zone
        return (start, date.fromordinal(start.toordinal() + 1)) if start else None
    except (ValueError, OverflowError):
        return None
