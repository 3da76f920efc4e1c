"""The site's posts and pages as WordPress gives them: https://developer.wordpress.org/rest-api/reference/posts/

Dates without an offset are local times of the site; bounds are compared with the site-local date, both ends excluded.
The codes of errors are WordPress's, the sentences are ours. A parameter of WordPress that the sandbox does not simulate
is refused, so that no test relies on it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from urllib.parse import urlencode

from sandbox.days import ZONE
from sandbox.items import Post, pages, posts
from sandbox.response import Response
from sandbox.wordpress_shape import Json, error, json_response, only_fields, post_object, site_index, type_objects

Query = Mapping[str, Sequence[str]]
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}(?::\d{2})?)?")
_ORDERS = {
    "author": lambda post: post.author,
    "date": lambda post: post.published,
    "id": lambda post: post.id,
    "modified": lambda post: post.modified,
    "slug": lambda post: post.slug,
    "title": lambda post: post.title,
}
_BOUNDS = ("after", "before", "modified_after", "modified_before")
_NOT_SIMULATED = {
    "offset",
    "slug",
    "author",
    "author_exclude",
    "tags",
    "categories_exclude",
    "sticky",
    "tax_relation",
    "parent",
    "menu_order",
    "_embed",
    "_envelope",
}


class ParameterError(Exception):
    """A parameter with a value that WordPress refuses: ``code`` as WordPress names it."""

    def __init__(self, name: str, code: str, message: str) -> None:
        super().__init__(message)
        self.name, self.code = name, code


@dataclass(frozen=True, slots=True)
class ListQuery:
    """A list request that has been understood."""

    page: int
    per_page: int
    bounds: dict[str, datetime]
    orderby: str
    descending: bool
    numbers: dict[str, set[int]]
    search: str


@dataclass(frozen=True, slots=True)
class Site:
    """The site on ``today``; ``base`` is its ``/wp-json``. ``fault`` is "", "repeated_token" or "empty_page"."""

    seed: int
    today: date
    base: str
    fault: str = ""

    def response(self, route: str, query: Query) -> Response:
        """The answer to ``route``, which begins with ``/`` and follows ``/wp-json``."""
        fields = _list(query, "_fields")
        kind: Literal["post", "page"] = "page" if route.startswith("/wp/v2/pages") else "post"
        if route in {"", "/"}:
            return json_response(200, only_fields(site_index(self.today), fields))
        if route == "/wp/v2/types":
            return json_response(200, type_objects(self.base))
        if route in {"/wp/v2/posts", "/wp/v2/pages"}:
            try:
                return self._listed(kind, query)
            except ParameterError as bad:
                details: Json = {bad.name: {"code": bad.code, "message": str(bad), "data": None}}
                return error(
                    400,
                    "rest_invalid_param",
                    f"Invalid: {bad.name}",
                    {"params": {bad.name: str(bad)}, "details": details},
                )
        if single := re.fullmatch(r"/wp/v2/(?:posts|pages)/(\d+)", route):
            for post in self._all(kind):
                if post.id == int(single[1]):
                    return json_response(200, only_fields(post_object(post, self.base), fields))
            return error(404, "rest_post_invalid_id", "There is no such post")
        return error(404, "rest_no_route", "No route has this address and method")

    def _all(self, kind: Literal["post", "page"]) -> tuple[Post, ...]:
        return (pages if kind == "page" else posts)(self.seed, self.today)

    def _listed(self, kind: Literal["post", "page"], query: Query) -> Response:
        requested = parse_query(query)
        found = sorted((post for post in self._all(kind) if _matches(post, requested)), key=lambda post: post.id)
        found.sort(key=_ORDERS[requested.orderby], reverse=requested.descending)
        total, last = len(found), -(-len(found) // requested.per_page)
        if requested.page > last and total:
            return error(400, "rest_post_invalid_page_number", "There are fewer pages than this")
        number = 1 if self.fault == "repeated_token" else requested.page
        chosen = found[(number - 1) * requested.per_page : number * requested.per_page]
        if self.fault == "empty_page":
            chosen, last = [], max(last, requested.page + 1)
        body = [only_fields(post_object(post, self.base), _list(query, "_fields")) for post in chosen]
        headers = {"X-WP-Total": str(total), "X-WP-TotalPages": str(last)}
        if links := self._links(kind, query, requested.page, last):
            headers["Link"] = links
        return json_response(200, body, headers)

    def _links(self, kind: str, query: Query, page: int, last: int) -> str:
        found = []
        for relation, number in (("prev", page - 1), ("next", page + 1)):
            if 1 <= number <= last:
                pairs = [(name, value) for name, values in query.items() if name != "page" for value in values]
                found.append(
                    f'<{self.base}/wp/v2/{kind}s?{urlencode([*pairs, ("page", str(number))])}>; rel="{relation}"'
                )
        return ", ".join(found)


def parse_query(query: Query) -> ListQuery:
    """The parameters of a list request. Raises ``ParameterError``."""
    for name in query:
        plain = name.removesuffix("[]")
        if plain in _NOT_SIMULATED:
            raise ParameterError(plain, "sandbox_not_simulated", f"the sandbox does not simulate {plain}")
    for status in _list(query, "status") or ["publish"]:
        if status != "publish":
            raise ParameterError("status", "rest_forbidden_status", "Only published items are for everyone")
    _one_of(query, "context", ("view", "embed"), "view")
    numbers = {
        name: {_whole(name, text) for text in _list(query, name)} for name in ("include", "exclude", "categories")
    }
    return ListQuery(
        page=_ranged(query, "page", 1, None),
        per_page=_ranged(query, "per_page", 10, 100),
        bounds={name: _local(name, query[name][-1]) for name in _BOUNDS if name in query},
        orderby=_one_of(query, "orderby", tuple(_ORDERS), "date"),
        descending=_one_of(query, "order", ("asc", "desc"), "desc") == "desc",
        numbers=numbers,
        search=query["search"][-1].lower() if "search" in query else "",
    )


def _matches(post: Post, requested: ListQuery) -> bool:
    moments = {
        "after": post.published,
        "before": post.published,
        "modified_after": post.modified,
        "modified_before": post.modified,
    }
    inside = all(
        moments[name] > bound if name.endswith("after") else moments[name] < bound
        for name, bound in requested.bounds.items()
    )
    include, exclude, categories = (requested.numbers[name] for name in ("include", "exclude", "categories"))
    wanted = (
        (not include or post.id in include)
        and post.id not in exclude
        and (not categories or post.category in categories)
    )
    return inside and wanted and requested.search in post.title.lower()


def _list(query: Query, name: str) -> list[str]:
    """A list parameter, as ``name=a,b``, as ``name[]=a&name[]=b`` or both."""
    return [
        part.strip()
        for value in (*query.get(name, ()), *query.get(f"{name}[]", ()))
        for part in value.split(",")
        if part.strip()
    ]


def _whole(name: str, text: str) -> int:
    if not re.fullmatch(r"-?\d+", text):
        raise ParameterError(name, "rest_invalid_type", f"{name} is a whole number")
    return int(text)


def _ranged(query: Query, name: str, default: int, highest: int | None) -> int:
    number = _whole(name, query[name][-1]) if name in query else default
    if number < 1 or (highest is not None and number > highest):
        raise ParameterError(
            name, "rest_out_of_bounds", f"{name} lies between 1 and {highest or 'the number of pages'}"
        )
    return number


def _one_of(query: Query, name: str, allowed: tuple[str, ...], default: str) -> str:
    value = query[name][-1] if name in query else default
    if value not in allowed:
        raise ParameterError(name, "rest_not_in_enum", f"{name} is one of {', '.join(allowed)}")
    return value


def _local(name: str, text: str) -> datetime:
    """A bound in local time of the site without a zone; an offset in the text is converted. A bare date is refused."""
    if not _DATE.fullmatch(text):
        raise ParameterError(name, "rest_invalid_date", f"{name} is a date and time of ISO 8601")
    try:
        moment = datetime.fromisoformat(text.upper().replace(" ", "T"))
    except ValueError:
        raise ParameterError(name, "rest_invalid_date", f"{name} is no day of the calendar") from None
    return moment.astimezone(ZONE).replace(tzinfo=None) if moment.tzinfo else moment
