"""The boundary between what a provider sends and the tables: the frames of a pull, and the guard around each record.

Every parser builds its frames here. A row that no table can hold is refused by itself, with its place.
"""

import math
import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

from sources.contract import OBSERVATION_COLUMNS, REFUSED_COLUMNS, ObservationRow, RefusedRow
from sources.json_values import ContradictionError, as_text, require_consistent
from warehouse.errors import KmiError, printable

if TYPE_CHECKING:
    import pandas as pd

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
FIRST_YEAR, LAST_YEAR = 1500, 2199
FIRST_DAY, DAY_AFTER_LAST = date(FIRST_YEAR, 1, 1), date(LAST_YEAR + 1, 1, 1)
"""Days outside these years are placeholders or slips: programs write 0001-01-01 and 9999-12-31 for an unknown day.

A list of publications may hold old prints: the checks ask about days before 1900, which a person may release."""
MAX_RAW_LENGTH = 500
RECORD_FAULTS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What reading a record of an unexpected form raises. Each is a refused record, not the end of the pull."""
_DAYS = {"start": "datetime64[us]", "end": "datetime64[us]"}
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_ACTION = "correct it where it is kept; if it is right there, tell the provider; all other rows are read"


class RecordBuilder(Protocol):
    """What collects the rows of one pull, and can undo the rows of one record."""

    def mark(self) -> Any: ...

    def undo(self, mark: Any) -> None: ...

    def refuse_record(self, raw: str, reason: str, origin: str, action: str) -> None: ...


def read_record(
    builder: RecordBuilder,
    record: R,
    origin: str,
    read: Callable[Concatenate[R, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T | None:
    """What ``read`` makes of one record. A record that it cannot read is refused with its place, and gives None.

    Errors of ours pass, as they are about the whole page.
    """
    mark = builder.mark()
    try:
        require_consistent(record)
        return read(record, *args, **kwargs)
    except KmiError:
        raise
    except RECORD_FAULTS as fault:
        builder.undo(mark)
        builder.refuse_record(as_text(record), f"the record cannot be read ({_cause(fault)})", origin, _ACTION)
        return None


def _cause(fault: Exception) -> str:
    """What is wrong with a record, without the text of the exception, which may hold anything."""
    match fault:
        case ContradictionError():
            return str(fault)
        case OverflowError():
            return "a number or a date is too large"
        case UnicodeError():
            return "its text is damaged"
        case RecursionError():
            return "it is nested too deeply"
        case LookupError():
            return "a field is missing"
    return "a field has an unexpected type or form"


def record_frames(rows: Sequence[ObservationRow], refused: Sequence[RefusedRow]) -> "tuple[pd.DataFrame, pd.DataFrame]":
    """Observations and refusals as frames of the contract's types; rows that no table can hold are refused."""
    kept, unfit = list[ObservationRow](), list[RefusedRow]()
    for row in rows:
        reason = _unfit_reason(row)
        if reason:
            metric, entity, start, end, value, _, origin = row
            unfit.append((metric, entity, start, end, as_text(value), reason, origin, _ACTION))
        else:
            kept.append(row)
    return observation_frame(kept), refused_frame([*refused, *unfit])


def _unfit_reason(row: ObservationRow) -> str:
    """Why no table can hold the row; empty for a good one."""
    metric, entity, start, end, value, _, _ = row
    if not (FIRST_DAY <= start < end <= DAY_AFTER_LAST):
        return f"the days {start} to {end} are not a span in the years {FIRST_YEAR} to {LAST_YEAR}"
    if value is not None and not _is_finite(value):
        return "the value is not a number that a table can hold"
    for text in (metric, entity):
        if not text.isprintable() and _UNFIT.search(text):
            return f"the name '{printable(text)[:80]}' holds a control character or half of a character"
    return ""


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond the largest double
        return False


def observation_frame(rows: Sequence[ObservationRow]) -> "pd.DataFrame":
    """Rows as a frame of the contract's types, also when there are none; see ``record_frames``."""
    import pandas as pd

    clean = [row if row[6].isprintable() else (*row[:6], printable(row[6])) for row in rows]
    frame = pd.DataFrame(clean, columns=OBSERVATION_COLUMNS)
    texts = dict.fromkeys(("metric", "entity", "origin"), "str")
    return frame.astype({**texts, **_DAYS, "value": "float64", "flags": "object"})


def refused_frame(rows: Sequence[RefusedRow]) -> "pd.DataFrame":
    """Rows as a frame of the contract's types, also when there are none; their texts are made printable."""
    import pandas as pd

    frame = pd.DataFrame([_printable_refusal(row) for row in rows], columns=REFUSED_COLUMNS)
    return frame.astype({**_DAYS, **dict.fromkeys(("raw_value", "reason", "origin", "action"), "str")})


def _printable_refusal(row: RefusedRow) -> RefusedRow:
    metric, entity, start, end, raw, reason, origin, action = row
    known = start is not None and end is not None and FIRST_DAY <= start < end <= DAY_AFTER_LAST
    return (
        None if metric is None else printable(metric),
        None if entity is None else printable(entity),
        start if known else None,
        end if known else None,
        printable(raw[:MAX_RAW_LENGTH]),
        printable(reason),
        printable(origin),
        action,
    )
