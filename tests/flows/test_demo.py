"""``kmi demo --open``, without a browser, and the days of its plan. tests/docs/test_docs.py runs the demo itself."""

import webbrowser
from datetime import date, timedelta
from pathlib import Path

import pytest

from flows.commands.demo import demo_plan, open_in_browser, quarter_end
from sandbox import files, history
from sandbox.days import months

TODAY = date(2026, 11, 24)


def test_the_page_is_opened_by_its_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda address: opened.append(address) or True)
    open_in_browser(tmp_path / "my page.html")
    assert opened == [(tmp_path / "my page.html").as_uri()]
    assert capsys.readouterr().err == ""


def no_browser(_: str) -> bool:
    raise webbrowser.Error("could not locate runnable browser")


@pytest.mark.parametrize("opener", [lambda _: False, no_browser])
def test_where_there_is_no_browser_the_page_is_named(
    opener: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(webbrowser, "open", opener)
    open_in_browser(tmp_path / "index.html")
    assert capsys.readouterr().err == f"no browser was found: open {tmp_path / 'index.html'} yourself\n"


@pytest.mark.parametrize(
    ("day", "end"),
    [
        (date(2026, 11, 24), date(2026, 12, 31)),
        (date(2027, 1, 1), date(2027, 3, 31)),
        (date(2028, 2, 29), date(2028, 3, 31)),
        (date(2027, 9, 30), date(2027, 9, 30)),
    ],
)
def test_a_quarter_ends_with_its_third_month(day: date, end: date) -> None:
    assert quarter_end(day) == end


@pytest.mark.parametrize("today", [TODAY + timedelta(days=30 * n) for n in range(13)])
def test_on_any_day_targets_are_due_within_the_reach_of_a_probability(today: date) -> None:
    due = quarter_end(today + timedelta(days=182))
    assert f"due: {due}" in demo_plan("http://127.0.0.1:1", today)
    assert 0 < (due.year - today.year) * 12 + due.month - today.month <= 9


def test_the_workbook_is_corrected_in_one_figure(tmp_path: Path) -> None:
    files.write_first_workbook(tmp_path, TODAY, 1)
    first = (tmp_path / "measures.xlsx").read_bytes()
    files.write_workbook(tmp_path, TODAY, 1)
    assert first != (tmp_path / "measures.xlsx").read_bytes() == files.measures_xlsx(TODAY, 1)


def test_on_any_day_the_desk_lacked_staff_and_the_webinars_began() -> None:
    for today in (TODAY, date(2027, 1, 1), date(2028, 2, 29)):
        past = months(today)
        low = [month for month in past if history.enquiries_reported(1, month, today) < history.enquiries(1, month)]
        assert low == past[-4:-2]
        more = [m for m in past if history.attendances_reported(1, m, today) == 2 * history.training(1, m)]
        assert more == past[-7:]
