"""A COUNTER API: the reports PR, DR, TR and IR of two platforms in release 5.1 and 5 of the code of practice.

Written from https://cop5.countermetrics.org/en/5.1/ (3.3, 4, 8, Appendix D) and
https://cop5.countermetrics.org/en/5.0.3/ (Appendix F). A month is processed on the 9th of the next one, is too low by a
twentieth until the 25th day, and is kept for two years. The films came in March 2026.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import ClassVar

from sandbox.days import ZONE, month_after
from sandbox.faults import Fault
from sandbox.provider import Call, World, json_response
from sandbox.response import Response
from sandbox.sushi_forms import FILTERS, NAMES, Counted, ReportRequest, document
from sandbox.sushi_history import MINING, Use, uses

CUSTOMER, REQUESTOR, KEY = "riverside-customer-4711", "riverside-requestor-0815", "riverside-counter-key-77"
PROCESSED, CORRECTED, KEPT = timedelta(days=8), timedelta(days=25), timedelta(days=731)
PLATFORMS = {"texts": "Riverside Texts", "films": "Riverside Films"}
"""The value of the parameter platform, and the platform's name."""
SHOWN = {
    "pr": ("Access_Method",),
    "dr": ("Access_Method",),
    "tr": ("YOP", "Access_Type", "Access_Method"),
    "ir": ("YOP", "Access_Type", "Access_Method"),
}
"""The attributes that a report shows on request; release 5 shows Data_Type on request, too."""
KNOWN = {
    "customer_id", "requestor_id", "api_key", "platform", "begin_date", "end_date", "attributes_to_show", *FILTERS,
}  # fmt: skip
MESSAGES = {
    1000: "Service Not Available",
    1010: "Service Busy",
    1011: "Report Queued for Processing",
    1020: "Client has made too many requests",
    1030: "Insufficient Information to Process Request",
    2000: "Requestor Not Authorized to Access Service",
    2010: "Requestor is Not Authorized to Access Usage for Institution",
    2020: "APIKey Invalid",
    3020: "Invalid Date Arguments",
    3030: "No Usage Available for Requested Dates",
    3031: "Usage Not Ready for Requested Dates",
    3032: "Usage No Longer Available for Requested Dates",
    3050: "Parameter Not Recognized in this Context",
    3060: "Invalid ReportFilter Value",
    3062: "Invalid ReportAttribute Value",
}
STATUSES = {1000: 503, 1010: 503, 1011: 202, 1020: 429, 1030: 400, 2000: 401, 2010: 403, 2020: 401, 3020: 400}


class SushiError(Exception):
    """A request that is answered with a single exception."""

    def __init__(self, code: int, data: str = "") -> None:
        super().__init__(code)
        self.code, self.data = code, data


class Sushi:
    """``queued``: how many of the next requests are put into the queue."""

    prefix: ClassVar[str] = "/sushi"

    def __init__(self, world: World) -> None:
        self.world, self.queued = world, 0

    def failure(self, status: int) -> Response:
        return _alone({429: 1020, 500: 1000}.get(status, 1010), status=status)

    def response(self, call: Call) -> Response:
        release = "5.1" if call.path.startswith("/r51/") else "5"
        report = call.path.removeprefix("/r51").removeprefix("/reports/")
        if call.method != "GET" or report not in NAMES:
            return json_response({"detail": "Not found"}, 404)
        try:
            self._require_access(call)
            request = self._request(call, release, report)
        except SushiError as error:
            return _alone(error.code, error.data)
        counted = self._counted(request, PLATFORMS.get(call.one("platform"), ""))
        return json_response(document(request, counted, MESSAGES))

    def _require_access(self, call: Call) -> None:
        if call.fault is Fault.QUOTA:
            raise SushiError(1020, "This server allows only 500 requests per day per requestor_id and customer_id.")
        missing = [name for name in ("customer_id", "requestor_id", "begin_date", "end_date") if not call.one(name)]
        if missing or call.one("platform") not in {"", *PLATFORMS}:
            raise SushiError(1030, f"Missing or invalid: {', '.join(missing) or 'platform'}")
        if call.one("requestor_id") != REQUESTOR:
            raise SushiError(2000)
        if call.one("customer_id") != CUSTOMER:
            raise SushiError(2010, f"customer_id {call.one('customer_id')}")
        if call.one("api_key") != KEY or call.fault is Fault.EXPIRED_TOKEN:
            raise SushiError(2020, f"key {call.one('api_key')} of {call.one('customer_id')} has expired")
        if self.queued:
            self.queued -= 1
            raise SushiError(1011)

    def _request(self, call: Call, release: str, report: str) -> ReportRequest:
        begin, end = _month(call.one("begin_date")), _month(call.one("end_date"))
        if begin is None or end is None or end < begin or begin >= self._today.replace(day=1):
            raise SushiError(3020)
        request = ReportRequest(release, report, call.one("customer_id"), begin, end)
        known = [*SHOWN[report], *(["Data_Type"] if release == "5" else [])]
        named = [name for name in call.one("attributes_to_show").split("|") if name]
        request.shown = [name for name in named if name in known]
        request.filters = {name: call.one(name).split("|") for name in FILTERS if call.one(name)}
        unknown, strange = sorted(set(call.query) - KNOWN), [name for name in named if name not in known]
        if unknown:
            request.exceptions[3050] = ", ".join(unknown)
        if not set(request.filters.get("access_method", [])) <= {"Regular", MINING}:
            request.exceptions[3060] = f"access_method={'|'.join(request.filters.pop('access_method'))}"
        if strange:
            request.exceptions[3062] = ", ".join(strange)
        return request

    @property
    def _today(self) -> date:
        return self.world.now().astimezone(ZONE).date()

    def _counted(self, request: ReportRequest, platform: str) -> Counted:
        """The usage of the months that are ready, as it is known today; what is missing is said in ``request``."""
        months = [month for month in _months(request.begin, request.end) if self._is_available(month, request)]
        counted = [
            (month, use, metric, round(count * 0.95) if self._today < month_after(month) + CORRECTED else count)
            for month in months
            for use in uses(self.world.seed, month)
            if request.report in use.reports and platform in {"", use.platform}
            for metric, count in use.counts(request.report).items()
            if _is_kept(request, use, metric)
        ]
        if months and not counted:
            request.exceptions[3030] = ""
        return counted

    def _is_available(self, month: date, request: ReportRequest) -> bool:
        if self._today < month_after(month) + PROCESSED:
            request.exceptions[3031] = f"{month:%Y-%m}"
        elif month < self._today - KEPT:
            request.exceptions[3032] = f"usage is available from {self._today - KEPT:%Y-%m} on"
        else:
            return True
        return False


def _is_kept(request: ReportRequest, use: Use, metric: str) -> bool:
    values = {
        "metric_type": metric,
        "data_type": use.type_in(request.report, metric),
        "access_method": use.access_method,
    }
    return all(values[name] in kept for name, kept in request.filters.items())


def _alone(code: int, data: str = "", *, status: int = 0) -> Response:
    told = {"Code": code, "Message": MESSAGES[code], **({"Data": data} if data else {})}
    return json_response(told, status or STATUSES.get(code, 200))


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01" if len(text) == len("2026-11") else text).replace(day=1)
    except ValueError:
        return None


def _months(begin: date, end: date) -> Iterator[date]:
    while begin <= end:
        yield begin
        begin = month_after(begin)
