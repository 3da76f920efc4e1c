"""Which request lines of an access log are page views, and of which page."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from sources.page_patterns import compile_patterns

_SUFFIXES = """
    css js mjs map json xml rss atom txt csv png jpg jpeg gif svg webp avif ico bmp tif tiff woff woff2 ttf otf eot
    mp3 mp4 m4a m4v ogg ogv wav webm avi mov mpg mpeg flv swf
    pdf epub doc docx xls xlsx ppt pptx odt ods odp rtf zip gz tgz bz2 xz 7z rar tar jar exe msi dmg iso
"""
NOT_HTML = frozenset(_SUFFIXES.split())
"""Suffixes of files that are not pages: images, styles, scripts, fonts, feeds, data, media, documents, archives."""


class PagePaths:
    """Finds the path of a page in a request line, without query string and path parameters."""

    def __init__(self, pages: Sequence[str] = (), exclude: Sequence[str] = (), *, only_html: bool = True) -> None:
        """``pages`` and ``exclude`` are path patterns; without ``pages`` all count. ``only_html``: no ``NOT_HTML``."""
        self._wanted, self._unwanted = compile_patterns(pages), compile_patterns(exclude)
        self._only_html = only_html

    def path(self, request: str) -> str | None:
        """The page's path; None for anything but a GET of a page that counts."""
        method, _, rest = request.partition(" ")
        target, _, protocol = rest.rpartition(" ")
        if method != "GET" or not target or not protocol.startswith("HTTP/"):
            return None
        path = self._path(target)
        return path if path.startswith("/") and self._counts(path) else None

    @staticmethod
    def _path(target: str) -> str:
        if "://" in target[:8]:
            try:
                target = urlsplit(target).path or "/"
            except ValueError:
                return ""
        return target.partition("?")[0].partition("#")[0].partition(";")[0]

    def _counts(self, path: str) -> bool:
        name = path.rpartition("/")[2]
        if self._only_html and "." in name and name.rpartition(".")[2].lower() in NOT_HTML:
            return False
        if self._unwanted and self._unwanted.match(path):
            return False
        return self._wanted is None or bool(self._wanted.match(path))
