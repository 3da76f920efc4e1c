"""The report page: whole in itself, and whatever stands in the data stays text."""

import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from flows.cli import main
from reports.page import report_page
from tests.plan_texts import write_plan

HOSTILE = "<script>alert(1)</script>\u202e\"'&"
AS_OF = datetime(2026, 3, 2, 6, tzinfo=UTC)


def published(title: str = "Visits", **verdict: Any) -> dict[str, list[dict[str, Any]]]:
    indicator = {
        **{"indicator_id": "visits", "title": title, "unit": "visits", "kind": "flow", "better": "up", "period": "month", "objective": None},
        **{"owner": title, "sources": ["gates"], "baseline_value": 100.0, "baseline_start": date(2025, 1, 1), "baseline_end": date(2026, 1, 1)},
        **{"target_value": 200.0, "due": date(2026, 12, 31), "path": "linear", "rule": "pace", "target_low": None, "target_high": None},
    }
    judged = {
        **{"indicator_id": "visits", "as_of": AS_OF, "through": date(2026, 1, 31), "verdict": "behind", "worsening": True, "reason": title},
        **{"value": 90.0, "expected": 108.5, "pace_ratio": -1.18, "grade": "incomplete"},
        **verdict,
    }
    span = {"indicator_id": "visits", "start": date(2026, 1, 1), "end": date(2026, 2, 1), "expected": 108.5, "as_of": AS_OF}
    return {
        "indicators": [indicator],
        "verdicts": [judged],
        "periods": [span | {"value": None, "completeness": 0.5, "provisional": True, "flags": ["incomplete"]}],
        "verdict_history": [judged | {"cause": "new_data"}],
        "sources": [{"source": "gates", "type": title, "data_through": None, "fresh": False, "rows": 12345, "refused": 2, "last_error": title}],
        "activities": [],
        "effects": [],
    }


class Tags(HTMLParser):
    """Every tag with its attributes, and the text between."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += f"{data} "


def test_hostile_names_stay_text_everywhere() -> None:
    page = Tags(report_page(HOSTILE, published(HOSTILE).__getitem__))
    assert not [tag for tag, _ in page.tags if tag == "script"]
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert page.text.count(HOSTILE) >= 8


def test_the_page_asks_nothing_of_any_other_place() -> None:
    page = report_page("Library", published().__getitem__)
    assert not re.search(r"https?://|//[a-z]|url\(|@import", page)
    assert {attributes["href"] for tag, attributes in Tags(page).tags if tag == "a"} == {"#visits"}


def test_an_unknown_figure_is_called_so_and_is_no_zero() -> None:
    text = " ".join(Tags(report_page("Library", published().__getitem__)).text.split())
    assert "2026-01-01 2026-01-31 not known 108 50% incomplete, provisional" in text
    assert "BEHIND (worsening)" in text
    assert "gates Visits NO 12,345 2 Visits" in text


def test_every_table_has_a_caption_and_every_column_a_scope() -> None:
    tags = Tags(report_page("Library", published().__getitem__)).tags
    assert sum(tag == "table" for tag, _ in tags) == sum(tag == "caption" for tag, _ in tags) == 4
    assert all("scope" in attributes for tag, attributes in tags if tag == "th")


def test_an_indicator_without_a_verdict_has_no_figures() -> None:
    blank = dict.fromkeys(("value", "expected", "pace_ratio", "through"))
    page = published(verdict="not_assessable", worsening=False, **blank)
    text = " ".join(Tags(report_page("Library", page.__getitem__)).text.split())
    assert "not assessable" in text
    assert "None" not in text
    assert "nan" not in text


def test_the_command_writes_the_page_whole(tmp_path: Path) -> None:
    plan = write_plan(tmp_path)
    (tmp_path / "visits.csv").write_text("Library,2025-01\nHill,10\n", encoding="utf-8")
    before = CliRunner().invoke(main, ["report", "--plan", str(plan)])
    assert (before.exit_code, "kmi run" in before.stderr) == (2, True)
    assert CliRunner().invoke(main, ["run", "--plan", str(plan)]).exit_code == 0
    done = CliRunner().invoke(main, ["report", "--plan", str(plan), "--output", str(tmp_path / "page.html")])
    assert done.exit_code == 0, done.output
    page = Tags((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert "Riverside Library: indicators" in page.text
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".part") == []


@pytest.mark.parametrize("value", [0.0, 0.123456, 99.5, 1234567.0])
def test_figures_are_written_for_people(value: float) -> None:
    page = report_page("Library", published(value=value).__getitem__)
    assert {0.0: ">0<", 0.123456: ">0.1235<", 99.5: ">99.5<", 1234567.0: ">1,234,567<"}[value] in page


def test_an_activity_shows_what_followed_for_each_indicator_and_its_words_stay_text() -> None:
    tables = published()
    tables["activities"] = [{"activity_id": "week", "date": date(2026, 1, 5), "title": HOSTILE, "channel": None, "indicators": ["visits"]}]
    tables["effects"] = [{"activity_id": "week", "indicator_id": "visits", "sentence": f"cannot tell: overlaps with '{HOSTILE}'"}]
    page = Tags(report_page("Library", tables.__getitem__))
    assert f"Visits: cannot tell: overlaps with '{HOSTILE}'" in page.text
    assert not [tag for tag, _ in page.tags if tag == "script"]
    assert all("scope" in attributes for tag, attributes in page.tags if tag == "th")


def test_without_activities_the_page_does_not_speak_of_them() -> None:
    assert "Activities" not in Tags(report_page("Library", published().__getitem__)).text
