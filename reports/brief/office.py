"""What the files for PowerPoint and Word say of themselves."""

from datetime import datetime
from typing import Any

from reports.brief.compose import Brief
from reports.brief.language import TAGS


def fill_properties(about: Any, brief: Brief, written: datetime) -> None:
    """Fill in the core properties, which python-pptx and python-docx name alike. ``written``: the date of the file."""
    about.title, about.author, about.language = brief.title, brief.organisation, TAGS[brief.t.code]
    about.created = about.modified = written.replace(tzinfo=None, microsecond=0)
    about.last_modified_by = brief.organisation
