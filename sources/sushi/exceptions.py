"""The exceptions of the code of practice, wherever a response carries them, and what each of them means here.

Release 5.1: https://cop5.countermetrics.org/en/5.1/appendices/d-handling-errors-and-exceptions.html ; release 5:
https://cop5.countermetrics.org/en/5.0.3/appendices/f-handling-errors-and-exceptions.html .
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sources.whole_numbers import read_count
from warehouse.errors import ConfigError, KmiError, QuotaError, RefusedError, RetryableError, ShapeError

BUSY, TOO_MANY = (1000, 1010), 1020
QUEUED, NO_USAGE, NOT_READY, GONE, PARTIAL = 1011, 3030, 3031, 3032, 3040
IGNORED_PARAMETER = (3050, 3060, 3061, 3062, 3063, 3070)
"""The service left a parameter out of account and answered without it."""
ANSWERS = frozenset({NO_USAGE, NOT_READY, GONE, PARTIAL, *IGNORED_PARAMETER})
"""What is said about a report. The code wants it in the header with status 200; some services send it alone."""
LAST_CUSTOM = 999
"""Codes up to this one are a service's own remarks and warnings."""

_ACCESS = (
    "check customer_id, requestor_id and api_key with the provider: they may have expired or be of another account"
)
_REFUSED: Mapping[int, tuple[type[KmiError], str]] = {
    1030: (ConfigError, "set what the provider asks for: requestor_id, api_key or platform"),
    2000: (RefusedError, _ACCESS),
    2010: (RefusedError, _ACCESS),
    2011: (RefusedError, "write the customer ID of the institution: the service does not report on the world"),
    2020: (RefusedError, _ACCESS),
    2030: (RefusedError, "ask the provider to admit the address of this machine"),
    3000: (RefusedError, "take another 'report': the service does not have this one"),
    3010: (RefusedError, "take another 'release': the service does not have this one"),
    3020: (ConfigError, "let 'since' begin in a month that is over; if it does, tell the provider"),
}


@dataclass(frozen=True, slots=True)
class ReportException:
    """One exception; ``data`` is the service's explanation."""

    code: int
    message: str
    data: str = ""

    def __str__(self) -> str:
        return f"{self.code} {self.message}{f' ({self.data})' if self.data else ''}"


class QueuedError(RetryableError):
    """The service prepares the report. ``body`` is what it said."""

    def __init__(self, body: bytes, where: str, retry_after_s: float | None) -> None:
        what = "the service has queued the report and will have it later"
        super().__init__(what, where=where, retry_after_s=retry_after_s)
        self.body = body


class AnswerError(RefusedError):
    """An exception about the report that came with an error status: it is an answer. ``body`` is what came."""

    def __init__(self, found: Sequence[ReportException], body: bytes, status: int, where: str) -> None:
        super().__init__(f"answered {status} ({'; '.join(map(str, found))})", where=where, do="tell the provider")
        self.body, self.status = body, status


def exceptions_of(document: Any, where: str) -> list[ReportException]:
    """The exceptions in a response, each once: on top, in a list, under Exception(s), or in the report's header."""
    return list(dict.fromkeys(_exceptions_in(document, where)))


def _exceptions_in(document: Any, where: str) -> Iterator[ReportException]:
    if isinstance(document, list):
        for part in document:
            yield from _exceptions_in(part, where)
    elif isinstance(document, dict):
        code = document.get("Code", document.get("code"))
        if code is not None and "Report_Items" not in document:
            yield _exception(code, document, where)
        for name in ("Exception", "Exceptions", "Report_Header"):
            yield from _exceptions_in(document.get(name), where)


def _exception(code: object, document: Mapping[str, Any], where: str) -> ReportException:
    number = read_count(code)
    if number is None:
        do = "tell the provider: the code of practice fixes the numbers of exceptions"
        raise ShapeError(f"an exception of the service has no number ({str(code)[:80]})", where=where, do=do)
    message, data = (
        " ".join(str(document.get(name) or document.get(name.lower()) or "").split())[:300]
        for name in ("Message", "Data")
    )
    return ReportException(number, message, data)


def error_from_exceptions(
    found: Sequence[ReportException], status: int, where: str, retry_after_s: float | None
) -> KmiError | None:
    """The error that the exceptions mean, the one with the lowest code first; None where all are answers or remarks."""
    errors = [one for one in found if one.code > LAST_CUSTOM and one.code not in {*ANSWERS, QUEUED}]
    if not errors:
        return None
    first = min(errors, key=lambda one: one.code)
    told = f"answered {status} with exception {first}"
    if first.code in _REFUSED:
        kind, do = _REFUSED[first.code]
        return kind(f"the service refused the report: {told}", where=where, do=do)
    if first.code == TOO_MANY:
        what = f"the service's limit of requests is reached: {told}"
        by_day = any(word in f"{first.message} {first.data}".lower() for word in ("day", "daily", "24 hours"))
        if by_day:
            return QuotaError(what, where=where, do="nothing: the next run goes on", retry_after_s=retry_after_s)
        return RetryableError(what, where=where, retry_after_s=retry_after_s)
    if first.code in BUSY:
        return RetryableError(f"the service is not available: {told}", where=where, retry_after_s=retry_after_s)
    do = "look the number up in the service's help, and tell the maintainers of kmi"
    return ShapeError(f"kmi does not know the service's exception: {told}", where=where, do=do)


def ignored_platform(found: Sequence[ReportException], platform: str, where: str) -> ConfigError | None:
    """The error where the service left ``platform`` out of account: its report would count other platforms too."""
    if not platform:
        return None
    for one in found:
        if one.code in IGNORED_PARAMETER[:3] and (not one.data or "platform" in one.data.lower()):
            what = f"the service left 'platform' out of account, so its report counts others too ({one})"
            return ConfigError(what, where=where, do="correct 'platform', or remove it and write by: platform")
    return None
