"""From one page's request to the next page's. Each rule follows dlt's paginator of the same name."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urljoin

import requests

from sources.rest.json_path import first
from sources.rest.paginators import AnyPaginator, Cursor, HeaderCursor, HeaderLink, JsonLink, Offset, PageNumber
from sources.web.addresses import same_origin
from sources.whole_numbers import read_count
from warehouse.errors import ShapeError

_AGAIN = "run again; if it happens again, report it to the provider; this pull is discarded, the earlier data are kept"


@dataclass(frozen=True)
class PageRequest:
    """The address and the parameters of one page."""

    url: str
    params: Mapping[str, str] = field(default_factory=dict)

    def with_params(self, **params: str) -> "PageRequest":
        return replace(self, params={**self.params, **params})


def first_request(request: PageRequest, paginator: AnyPaginator) -> PageRequest:
    """The request for the first page."""
    if isinstance(paginator, PageNumber):
        return request.with_params(**{paginator.page_param: str(paginator.base_page)})
    if isinstance(paginator, Offset):
        return request.with_params(**{paginator.offset_param: "0", paginator.limit_param: str(paginator.limit)})
    return request


def next_request(
    request: PageRequest, paginator: AnyPaginator, response: requests.Response, document: Any, records: int
) -> PageRequest | None:
    """The request for the page after ``response``; None after the last. Raises ``ShapeError`` for another host."""
    if isinstance(paginator, PageNumber):
        return _page_after(request, paginator, document, records)
    if isinstance(paginator, Offset):
        return _offset_after(request, paginator, document, records)
    if isinstance(paginator, Cursor | HeaderCursor):
        cursor = (
            first(document, paginator.cursor_path)
            if isinstance(paginator, Cursor)
            else response.headers.get(paginator.cursor_key)
        )
        return request.with_params(**{paginator.cursor_param: str(cursor)}) if cursor not in (None, "", False) else None
    if isinstance(paginator, JsonLink):
        return _linked_request(request, first(document, paginator.next_url_path), response)
    if isinstance(paginator, HeaderLink):
        return _linked_request(request, response.links.get(paginator.links_next_key, {}).get("url"), response)
    return None


def total_at(document: Any, path: str | None) -> int | None:
    """The total at ``path``; None if there is no whole number."""
    total = first(document, path) if path else None
    return read_count(total)


def _page_after(request: PageRequest, paginator: PageNumber, document: Any, records: int) -> PageRequest | None:
    number = int(request.params[paginator.page_param])
    total = total_at(document, paginator.total_path)
    more = first(document, paginator.has_more_path) if paginator.has_more_path else None
    ended = paginator.stop_after_empty_page and not records
    if total is not None:
        if not records and number - paginator.base_page < total:
            raise ShapeError(f"page {number} of {total} announced pages is empty", where=request.url, do=_AGAIN)
        ended = number + 1 - paginator.base_page >= total
    if paginator.has_more_path:
        ended = ended or more in (None, False, 0, "", "false")
    if paginator.maximum_page is not None:
        ended = ended or number >= paginator.maximum_page
    return None if ended else request.with_params(**{paginator.page_param: str(number + 1)})


def _offset_after(request: PageRequest, paginator: Offset, document: Any, records: int) -> PageRequest | None:
    """Raises ``ShapeError`` if the next offset would skip records."""
    at, total = int(request.params[paginator.offset_param]), total_at(document, paginator.total_path)
    after = at + paginator.limit
    if total is not None and not records and at < total:
        what = f"the page at offset {at} of {total} announced records is empty"
        raise ShapeError(what, where=request.url, do=_AGAIN)
    if total is not None and records < paginator.limit and after < total:
        what = f"{records} records came at offset {at} instead of {paginator.limit}, and {total} are announced"
        do = f"write 'limit: {records}' under 'endpoint.paginator': the service gives no more at a time"
        raise ShapeError(what, where=request.url, do=do)
    ended = after >= total if total is not None else records < paginator.limit
    beyond = paginator.maximum_offset is not None and after > paginator.maximum_offset
    return None if ended or beyond or not records else request.with_params(**{paginator.offset_param: str(after)})


def _linked_request(request: PageRequest, link: Any, response: requests.Response) -> PageRequest | None:
    if not isinstance(link, str) or not link:
        return None
    url = urljoin(request.url, link)
    if not same_origin(request.url, url):
        do = "give the address of that host in the plan, if it is the right one"
        raise ShapeError("the next page is on another host", where=response.url, do=do)
    return PageRequest(url)
