"""The review as one HTML page, for the screen and for paper."""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from reports.review.comparison import ORDER, Change
from reports.review.compose import Review

HERE = Path(__file__).parent
HEADINGS = {
    "worse": "Worse",
    "not judged": "No longer judged",
    "restated": "Figures that were corrected",
    "goal": "Changes of the plan",
    "gone": "No longer in the plan",
    "better": "Better",
    "judged": "Judged now",
    "new": "New in the plan",
}


def review_page(review: Review) -> str:
    """The HTML. Everything that comes from the data is escaped."""
    environment = Environment(
        loader=FileSystemLoader([HERE, HERE.parent / "site" / "templates"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    has_before = any(count.then is not None for count in review.counts)
    return environment.get_template("page.html").render(
        review=review, has_before=has_before, groups=grouped_changes(review.changes)
    )


def grouped_changes(changes: Sequence[Change]) -> list[tuple[str, list[Change]]]:
    """The changes under a heading for each kind, in the order of the meeting."""
    groups = [(HEADINGS[kind], [change for change in changes if change.kind == kind]) for kind in ORDER]
    return [(heading, found) for heading, found in groups if found]
