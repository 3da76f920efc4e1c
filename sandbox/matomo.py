"""A Matomo 5.8 with one site: https://developer.matomo.org/api-reference/reporting-api

Only what the Reporting API documents: reports by period, three formats, segments on the page's address. Days are local
to the site. Once a year the tracker was off for a day, which then has no archive.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, ClassVar

from sandbox.days import ZONE, days
from sandbox.faults import Fault
from sandbox.history import chance
from sandbox.matomo_forms import Rows, as_csv, as_json, as_xml, error
from sandbox.matomo_requests import HOST, ApiError, Span, requested_spans, segment_paths
from sandbox.provider import Call, World, json_response
from sandbox.response import Response, page
from sandbox.web_traffic import PAGES, chosen, people, seen, traffic

TOKEN = "5f4c1d0b7a9e3c2d8b6f0a1e4d7c9b2a"  # noqa: S105 (accepted here only)
SITE, WEBSITE = "1", "Riverside Library"
FORMS: Mapping[str, Callable[[Rows, bool], Response]] = {"json": as_json, "xml": as_xml, "csv": as_csv}
BAD_TOKEN = "Unable to authenticate with the provided token. It is either invalid or expired."  # noqa: S105 (no secret)
BAD_GET = (
    "Unable to authenticate with the provided token. It is either invalid, expired or is required to be "
    "sent as a POST parameter."
)
Reported = list[dict[str, Any]]


class Matomo:
    """One site.

    ``legacy``: errors come with status 200, as up to Matomo 5.6; ``largest_pages``: rows kept a day, others are lumped.
    """

    prefix: ClassVar[str] = "/matomo"

    def __init__(self, world: World) -> None:
        self.world, self.legacy, self.largest_pages = world, False, 500
        self.zone_name = ZONE.key

    def failure(self, status: int) -> Response:
        if status == 429:
            return page(429, "Too Many Requests")
        message = (
            "Database error: the server has gone away"
            if status == 500
            else "Matomo is in scheduled maintenance. Please come back later."
        )
        return json_response({"result": "error", "message": message}, status)

    def response(self, call: Call) -> Response:
        if call.path not in {"", "/", "/index.php"}:
            return page(404, "Not found")
        requested = {name: values[-1] for name, values in call.query.items()} | call.form()
        if requested.get("module") != "API":
            return page(200, "Sign in")
        form = requested.get("format", "xml").lower()
        try:
            self._let_in(call, requested)
            return self._report(requested, form, call.detail if call.fault is Fault.RETIRED_METRIC else "")
        except ApiError as problem:
            return error(form, problem.message, 200 if self.legacy else problem.status)

    def _let_in(self, call: Call, requested: Mapping[str, str]) -> None:
        if call.form().get("token_auth") != TOKEN or call.fault is Fault.EXPIRED_TOKEN:
            if "token_auth" not in requested:
                raise ApiError(
                    401, "You can't access this resource as it requires 'view' access for the website id = 1."
                )
            raise ApiError(401, BAD_TOKEN if "token_auth" in call.form() else BAD_GET)
        if requested.get("format", "xml").lower() not in FORMS:
            raise ApiError(
                400,
                f"Renderer format '{requested['format']}' not valid. Try any of the following instead: csv, json, xml.",
            )
        if requested.get("idSite") != SITE:
            site = requested.get("idSite", "")
            raise ApiError(400, f"An unexpected website was found in the request: website id was set to '{site}' .")

    def _report(self, requested: Mapping[str, str], form: str, retired: str) -> Response:
        method = requested.get("method", "")
        if method == "SitesManager.getSiteFromId":
            about = {
                "idsite": 1,
                "name": WEBSITE,
                "main_url": HOST,
                "timezone": self.zone_name,
                "currency": "GBP",
                "type": "website",
            }
            return json_response(about) if form == "json" else as_xml({"": [about]}, False)
        reports = {"VisitsSummary.get": self._visits, "Actions.get": self._actions, "Actions.getPageUrls": self._pages}
        if method not in reports or (method == "Actions.get" and retired == "nb_pageviews"):
            module, _, name = method.partition(".")
            raise ApiError(
                404,
                f"The method '{name}' does not exist or is not available in the module "
                f"'\\Piwik\\Plugins\\{module}\\API'.",
            )
        paths = segment_paths(requested.get("segment", ""))
        spans = requested_spans(requested)
        found: dict[str, Reported] = {}
        for label, span in spans.items():
            rows = reports[method](paths, span, requested) if self._tracked(span) else []
            found[label] = [{name: value for name, value in row.items() if name != retired} for row in rows]
        if method == "Actions.getPageUrls":
            limit = int(requested.get("filter_limit", "100"))
            found = {label: rows if limit < 0 else rows[:limit] for label, rows in found.items()}
        return FORMS[form](found, requested.get("convertToUnicode", "1") != "0")

    def _tracked(self, span: Span) -> bool:
        """Whether anything was archived: not for days to come, nor for the day on which the tracker was off."""
        return any(not self._off(day) for day in days(*span) if day <= self._today())

    def _off(self, day: date) -> bool:
        return day == date(day.year, 3, chance(self.world.seed, "matomo off", day.year).randint(2, 28))

    def _today(self) -> date:
        return self.world.now().astimezone(ZONE).date()

    def _visits(self, paths: list[str], span: Span, requested: Mapping[str, str]) -> Reported:
        seed, now = self.world.seed, self.world.now()
        daily = (
            [chosen(paths, day, seed, now) for day in days(*span) if day <= self._today() and not self._off(day)]
            if paths
            else []
        )
        visits = sum(one.sessions for one in daily)
        if not visits:
            return []
        # With a segment, actions are those of all visits in which one of the pages was seen.
        actions = round(sum(one.views for one in daily) * (1.06 if len(paths) == len(PAGES) else 2.3))
        row = {
            "nb_uniq_visitors": people(paths, span[0], min(span[1], self._today() + timedelta(days=1)), seed, now),
            "nb_users": 0,
            "nb_visits": visits,
        }
        row |= {
            "nb_actions": actions,
            "nb_visits_converted": 0,
            "bounce_count": visits // 3,
            "sum_visit_length": visits * 140,
            "max_actions": 9,
        }
        shown: dict[str, Any] = {
            **row,
            "bounce_rate": "33%",
            "nb_actions_per_visit": round(actions / visits, 1),
            "avg_time_on_site": 140,
        }
        if requested["period"] == "range":
            del shown["nb_uniq_visitors"]
        return [shown]

    def _actions(self, paths: list[str], span: Span, _requested: Mapping[str, str]) -> Reported:
        now = self.world.now()
        views = sum(
            chosen(paths, day, self.world.seed, now).views
            for day in days(*span)
            if day <= self._today() and not self._off(day)
        )
        names = ("nb_downloads", "nb_uniq_downloads", "nb_outlinks", "nb_uniq_outlinks", "nb_searches", "nb_keywords")
        return (
            [
                {
                    "nb_pageviews": views,
                    "nb_uniq_pageviews": round(views * 0.8),
                    **dict.fromkeys(names, views // 40),
                    "avg_page_load_time": 1.2,
                }
            ]
            if views
            else []
        )

    def _pages(self, paths: list[str], span: Span, requested: Mapping[str, str]) -> Reported:
        rows, now = list[dict[str, Any]](), self.world.now()
        lasting = [day for day in days(*span) if day <= self._today() and not self._off(day)]
        for path in paths:
            daily = [traffic(self.world.seed, path, day) for day in lasting]
            hits, visits, users = (
                sum(seen(getattr(one, name), day, now) for one, day in zip(daily, lasting, strict=True))
                for name in ("views", "sessions", "users")
            )
            visitors = (
                {"nb_uniq_visitors": users} if requested["period"] == "day" else {"sum_daily_nb_uniq_visitors": users}
            )
            row = {
                "label": path,
                "nb_visits": visits,
                **visitors,
                "nb_hits": hits,
                "sum_time_spent": hits * 40,
                "bounce_rate": "40%",
                "url": HOST + path,
            }
            rows.append(row)
        rows.sort(key=lambda row: -int(row["nb_hits"]))
        kept, rest = rows[: self.largest_pages], rows[self.largest_pages :]
        if rest:
            kept.append(
                {
                    "label": "Others",
                    "nb_visits": sum(row["nb_visits"] for row in rest),
                    "nb_hits": sum(row["nb_hits"] for row in rest),
                }
            )
        return kept if requested.get("flat") == "1" else _folders(kept)


def _folders(rows: Reported) -> Reported:
    """The first part of each path; folders have no address and hide their pages in another table."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        first, _, rest = str(row["label"]).strip("/").partition("/")
        if not rest:
            found.setdefault(first, {**row, "label": first or "/index"})
            continue
        folder = found.setdefault(
            f"{first}/", {"label": first, "nb_visits": 0, "nb_hits": 0, "idsubdatatable": len(found) + 1}
        )
        folder.update(nb_visits=folder["nb_visits"] + row["nb_visits"], nb_hits=folder["nb_hits"] + row["nb_hits"])
    return list(found.values())
