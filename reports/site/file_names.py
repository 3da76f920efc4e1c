"""The names of the site's files."""

import hashlib
import re

OVERVIEW, ACTIVITIES, SOURCES, HISTORY = "index.html", "activities.html", "sources.html", "history.html"
MARKER = "kmi-report.txt"
SAFE = re.compile(r"[a-z][a-z0-9_]{0,62}")


def page_name(indicator_id: str) -> str:
    """The file name of an indicator's page: it names no other folder, and no system reserves it."""
    safe = SAFE.fullmatch(indicator_id)
    return f"indicator-{indicator_id if safe else hashlib.sha256(indicator_id.encode()).hexdigest()[:16]}.html"
