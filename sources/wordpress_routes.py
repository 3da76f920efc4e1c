"""Where the REST API of a WordPress site is: at its usual address, or where the site says.

https://developer.wordpress.org/rest-api/using-the-rest-api/discovery/
"""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, urljoin, urlsplit, urlunsplit

import requests
from lxml import etree, html

RELATION = "https://api.w.org/"
PREFIX = "wp/v2"


@dataclass(frozen=True, slots=True)
class Route:
    """The address of a list, and the parameter that names it where the site has plain permalinks."""

    url: str
    params: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ApiRoot:
    """The address of the API: a path such as ``/wp-json/``, or a query such as ``?rest_route=/``."""

    url: str

    def route(self, base: str) -> Route:
        """The list of a REST base, which is one of ``wp/v2`` unless it names another namespace."""
        name = base.strip("/") if "/" in base.strip("/") else f"{PREFIX}/{base.strip('/')}"
        parts = urlsplit(self.url)
        plain = parse_qs(parts.query).get("rest_route")
        if plain:
            bare = urlunsplit(parts._replace(query="", fragment=""))
            return Route(bare, {"rest_route": f"{plain[0].rstrip('/')}/{name}"})
        return Route(f"{self.url.rstrip('/')}/{name}")


def usual_root(site: str) -> ApiRoot:
    """The root under pretty permalinks, or the one that the plan itself names."""
    if "rest_route=" in site or site.rstrip("/").endswith("/wp-json"):
        return ApiRoot(site)
    return ApiRoot(f"{site.rstrip('/')}/wp-json")


def named_root(home: requests.Response) -> ApiRoot | None:
    """The root that a page of the site names, in its Link header or a link element; None where it names none."""
    named = home.links.get(RELATION, {}).get("url") or _link_element(home.content)
    return ApiRoot(urljoin(home.url, named)) if named else None


def base_of(url: str) -> str:
    """The last part of the route that a request named: ``posts`` of ``…/wp/v2/posts``."""
    parts = urlsplit(url)
    route = parse_qs(parts.query).get("rest_route", [parts.path])[0]
    return route.rpartition("/")[2]


def _link_element(body: bytes) -> str | None:
    try:
        document = html.document_fromstring(body)
    except (etree.ParserError, ValueError):
        return None
    for link in document.iter("link"):
        if RELATION in (link.get("rel") or "").split():
            return link.get("href")
    return None
