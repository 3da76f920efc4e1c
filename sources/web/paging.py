"""A guard for pagers: some providers repeat tokens, ignore offsets or announce pages that never come."""

from collections.abc import Iterable

from sources.web.redaction import redact
from warehouse.errors import ShapeError


class PagerGuard:
    """Watches one paged list. ``where`` names it in the errors. Each method raises ``ShapeError``."""

    def __init__(self, where: str, *, max_pages: int = 10_000, max_empty: int = 3) -> None:
        self._where, self._max_pages, self._max_empty = redact(where), max_pages, max_empty
        self._tokens: set[str] = set()
        self._ids: set[str] = set()
        self._empty = self._pages = 0

    def next(self, token_or_url: str) -> None:
        """Call it before each further page: the token or address must be new, and the pages must end."""
        if token_or_url in self._tokens:
            self._stop("the provider repeats itself: a page points to one that was read already")
        self._tokens.add(token_or_url)
        if len(self._tokens) >= self._max_pages:
            self._stop(f"the list does not end: {self._max_pages} pages were read", "ask for a shorter window")

    def page(self, ids: Iterable[str]) -> None:
        """Call it with the ids on each page: a page with only known ids means that the offset is ignored."""
        ids = set(ids)
        self._pages += 1
        if not ids:
            return
        self._empty = 0
        if ids <= self._ids:
            distinct = f"({len(self._ids)} distinct so far)"
            self._stop(f"the provider repeats itself: page {self._pages} has only items of earlier pages {distinct}")
        self._ids |= ids

    def empty_page(self, has_next: bool) -> None:
        """Call it for a page without items: several in a row that announce a next page are an endless list."""
        self._empty = self._empty + 1 if has_next else 0
        if self._empty >= self._max_empty:
            self._stop(f"{self._empty} empty pages in a row, each with a next one")

    def _stop(
        self, what: str, do: str = "tell the provider; nothing of this pull was kept, the stored data are unchanged"
    ) -> None:
        raise ShapeError(what, where=self._where, do=do)
