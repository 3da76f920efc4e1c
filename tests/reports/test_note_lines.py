"""Notes on the pages: newest first, by whom and of which day, and only as text."""

from datetime import date

import pytest

from reports.languages import language
from reports.note_lines import note_lines
from tests.reports.site_rows import HOSTILE, note, pages, tables


def test_an_indicators_page_has_its_notes_newest_first_and_the_lead_its_newest() -> None:
    site = pages(tables())
    page = site["indicator-visits.html"]
    assert page.index("Note by Ms Reader, 20 February 2026") < page.index("Note by Ms Reader, 9 January 2026")
    assert "The lift broke" in page
    assert site["index.html"].count("The lift is mended in May") == 1
    assert "The lift broke" not in site["index.html"]


def test_a_note_on_a_page_is_text_alone() -> None:
    site = pages(tables(notes=[note("visits", HOSTILE) | {"author": HOSTILE}]))
    for name in ("index.html", "indicator-visits.html"):
        assert "<script>alert(1)" not in site[name]
        assert "&lt;script&gt;alert(1)" in site[name]


@pytest.mark.parametrize(
    ("code", "heading"),
    [
        ("en", "Note by Ada, 20 Feb 2026"),
        ("de", "Notiz von Ada, 20.02.2026"),
        ("fr", "Note – Ada, 20 févr. 2026"),
    ],
)
def test_a_note_has_its_author_and_day_in_the_language_of_the_page(code: str, heading: str) -> None:
    (line,) = note_lines([note("visits", "x", date(2026, 2, 20)) | {"author": "Ada"}], language(code))
    assert (line.heading, line.note) == (heading, "x")


def test_an_indicator_without_notes_has_no_heading_for_them() -> None:
    assert "Notes</h2>" not in pages(tables(notes=[]))["indicator-visits.html"]
