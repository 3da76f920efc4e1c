"""Which request lines of an access log are page views, and of which page."""

import re
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from sources.page_paths import canonical_path
from sources.page_patterns import PagePatterns

_SUFFIXES = """
    css js mjs map json xml rss atom txt csv png jpg jpeg gif svg webp avif ico bmp tif tiff woff woff2 ttf otf eot
    mp3 mp4 m4a m4v ogg ogv wav webm avi mov mpg mpeg flv swf
    pdf epub doc docx xls xlsx ppt pptx odt ods odp rtf zip gz tgz bz2 xz 7z rar tar jar exe msi dmg iso
"""
NOT_HTML = frozenset(_SUFFIXES.split())
"""Suffixes of files that are not pages: images, styles, scripts, fonts, feeds, data, media, documents, archives."""


_SERVER_ESCAPE = re.compile(r"\\x([0-9A-Fa-f]{2})")
"""How Apache and nginx write a byte that is not printable ASCII."""


class Page(NamedTuple):
    """A page that was requested: its canonical path, and what follows in the address (parameters and query)."""

    path: str
    rest: str


class PagePaths:
    """Finds the page in a request line; query string and path parameters are not part of its path."""

    def __init__(self, pages: Sequence[str] = (), exclude: Sequence[str] = (), *, only_html: bool = True) -> None:
        """``pages`` and ``exclude`` are path patterns; without ``pages`` all count. ``only_html``: no ``NOT_HTML``."""
        self._wanted, self._unwanted = PagePatterns(pages), PagePatterns(exclude)
        self._only_html = only_html

    def page(self, request: str) -> Page | None:
        """The page; None for anything but a GET of a page that counts."""
        method, _, rest = request.partition(" ")
        target, _, protocol = rest.rpartition(" ")
        if method != "GET" or not target or not protocol.startswith("HTTP/"):
            return None
        page = _page(target)
        return page if page.path.startswith("/") and self._counts(page.path) else None

    def notes(self) -> list[str]:
        """What there is to say of the patterns, once all pages were looked at."""
        return [*self._wanted.notes(), *self._unwanted.notes()]

    def _counts(self, path: str) -> bool:
        name = path.rpartition("/")[2]
        if self._only_html and "." in name and name.rpartition(".")[2].lower() in NOT_HTML:
            return False
        if self._unwanted and self._unwanted.match(path):
            return False
        return not self._wanted or self._wanted.match(path)


def _page(target: str) -> Page:
    if "://" in target[:8]:
        try:
            parts = urlsplit(target)
        except ValueError:
            return Page("", "")
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    target = target.partition("#")[0]
    path = re.split(r"[?;]", target, maxsplit=1)[0]
    return Page(canonical_path(_SERVER_ESCAPE.sub(r"%\1", path)), target[len(path) :])
