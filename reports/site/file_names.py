"""The names of the site's files."""

import hashlib
import re

OVERVIEW, ACTIVITIES, SOURCES, HISTORY = "index.html", "activities.html", "sources.html", "history.html"
PICTURES = "pictures"
"""The folder of the pictures as files."""
MARKER = "kmi-report.txt"
SAFE = re.compile(r"[a-z][a-z0-9_]{0,62}")


def page_name(indicator_id: str) -> str:
    """The file name of an indicator's page: it names no other folder, and no system reserves it."""
    return f"{_stem(indicator_id)}.html"


def picture_file(indicator_id: str, picture: str, kind: str) -> str:
    """The file of one of its pictures, as drawing or as data; ``kind``: svg or csv."""
    return f"{PICTURES}/{_stem(indicator_id)}-{picture}.{kind}"


def _stem(indicator_id: str) -> str:
    safe = SAFE.fullmatch(indicator_id)
    return f"indicator-{indicator_id if safe else hashlib.sha256(indicator_id.encode()).hexdigest()[:16]}"
