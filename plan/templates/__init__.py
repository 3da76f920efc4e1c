"""The plans that ``kmi init --template`` writes, with the forms that they read.

Each is a folder with a valid ``plan.yaml`` and ``forms/``, as of the year ``WRITTEN_IN``. When ``kmi init`` writes
one, its dates move by whole years.
"""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path, PurePosixPath

from plan.suggestion import suggest
from warehouse.errors import ConfigError

FOLDER = Path(__file__).parent
WRITTEN_IN = 2026
AUDIT = "forms/km_audit.csv"
YEAR = re.compile(r"(?<![\d.])(20\d\d)(?=-\d\d\b|,)")
"""The year of a date or month (``2026-01``), or of a form's first column (``2026,``)."""
TEMPLATES = {
    "km-advocacy": "how far the work for knowledge management reaches people: KM pages, social media, visits, "
    "publications, videos, training, newsletter, intranet, and a yearly KM audit",
    "public-library": "visits, loans, members, programmes, digital use and satisfaction of a public library",
    "academic-library": "study places, licensed content, teaching, repository and satisfaction of a university library",
}
"""What each template is for, by its name."""


def template_files(name: str, today: date) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Path and bytes of each file of a template, the plan first. Raises ``ConfigError`` for an unknown name."""
    if name not in TEMPLATES:
        raise ConfigError(f"there is no template '{name}'", where="--template", do=suggest(name, TEMPLATES))
    folder = FOLDER / name
    for path in [folder / "plan.yaml", *sorted((folder / "forms").iterdir())]:
        text, relative = in_year(path.read_text(encoding="utf-8"), today.year), path.relative_to(folder).as_posix()
        yield PurePosixPath(relative), text.encode()
        if relative == AUDIT:
            from plan.templates.audit_form import audit_workbook

            yield PurePosixPath(AUDIT).with_suffix(".xlsx"), audit_workbook(text)


def in_year(text: str, year: int) -> str:
    """``text`` with its dates moved by whole years, from ``WRITTEN_IN`` to ``year``."""
    return YEAR.sub(lambda match: str(int(match[1]) + year - WRITTEN_IN), text)
