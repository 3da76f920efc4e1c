"""How much of the provider's limits is used, as its responses report.

``X-App-Usage`` and ``X-Page-Usage`` hold one object of percentages; ``X-Business-Use-Case-Usage`` holds a list of them
for each account, with the minutes until access is regained.
https://developers.facebook.com/docs/graph-api/overview/rate-limiting/
"""

import json
from collections.abc import Iterator, Mapping

import requests

from warehouse.errors import QuotaError

_PERCENTAGES = ("call_count", "total_cputime", "total_time")
_HOUR_S = 3600.0


def _entries(headers: Mapping[str, str]) -> Iterator[dict[str, object]]:
    for name in ("X-App-Usage", "X-Page-Usage", "X-Business-Use-Case-Usage"):
        try:
            usage = json.loads(headers.get(name, "{}"))
        except ValueError:
            continue
        if isinstance(usage, dict):
            yield usage
            lists = (entries for entries in usage.values() if isinstance(entries, list))
            yield from (entry for entries in lists for entry in entries if isinstance(entry, dict))


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def used_pct(headers: Mapping[str, str]) -> float:
    """The most used of the limits, in per cent; 0 if the headers name none."""
    return max((_number(entry.get(name)) for entry in _entries(headers) for name in _PERCENTAGES), default=0.0)


def regain_s(headers: Mapping[str, str]) -> float:
    """Seconds until access is regained; 0 if the headers do not say."""
    return 60 * max((_number(entry.get("estimated_time_to_regain_access")) for entry in _entries(headers)), default=0.0)


class UsageBudget:
    """Stops before the limit: after a response with a usage of ``limit_pct`` or more, no request goes out.

    Requests are allowed again when access is regained, or after an hour.
    """

    def __init__(self, where: str, limit_pct: float) -> None:
        self._where, self._limit_pct = where, limit_pct
        self._used, self._until_s = 0.0, 0.0

    def wait_s(self, now_s: float) -> float:
        """Always 0. Raises ``QuotaError`` if the limit is nearly used up."""
        if now_s < self._until_s:
            what = f"stopped before the limit: {self._used:.0f} % of the allowed calls are used"
            do = "nothing: the next run goes on; raise usage_limit_pct to use more of it"
            raise QuotaError(what, where=self._where, do=do, retry_after_s=self._until_s - now_s)
        return 0.0

    def learn(self, response: requests.Response, now_s: float) -> None:
        used, regain = used_pct(response.headers), regain_s(response.headers)
        if used >= self._limit_pct or regain:
            self._used, self._until_s = used, now_s + (regain or _HOUR_S)
