"""The pages in a real Chromium: no errors, no requests, usable by keyboard, on a phone and on paper."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reports.site.file_names import MARKER
from reports.site.folder import write_folder
from reports.site.published_rows import PlanDetails
from tests.reports.chromium import Browser, barriers, chromium, installed
from tests.reports.site_rows import HOSTILE, indicator, pages, tables

LONG = "Besuche" * 72
TITLES = {
    "visits": HOSTILE,
    "loans": LONG,
    "formula": '=HYPERLINK("http://example.org")',
    "rtl": "\u202eزيارات المكتبة",
}
PROGRAM = installed()
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of four indicators with names that would do harm."""
    site = tmp_path_factory.mktemp("browser") / "site"
    rows = tables(*TITLES, indicators=[indicator(name, title=title, owner=title) for name, title in TITLES.items()])
    text = pages(rows, PlanDetails(HOSTILE, {"visits": [LONG]}, yearly=frozenset({"loans"})))
    write_folder(site, [(name, page.encode()) for name, page in text.items()])
    return site


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert PROGRAM is not None
    with chromium(PROGRAM) as one:
        yield one


def html(folder: Path) -> list[Path]:
    found = sorted(folder.glob("*.html"))
    assert (len(found), (folder / MARKER).exists()) == (8, True)
    return found


def test_no_page_has_an_error_or_requests_anything_but_itself(browser: Browser, folder: Path) -> None:
    for page in html(folder):
        browser.requests.clear()
        browser.open(page)
        assert browser.requests == [page.as_uri()] or browser.requests == [page.as_uri(), "data:,"], page.name
        assert browser.value("document.title").endswith(
            browser.value("document.querySelector('header bdi').textContent")
        )
        has_script = page.name == "index.html" or page.name.startswith("indicator-")
        assert browser.value("document.scripts.length") == has_script
    assert browser.console == []


def test_hostile_names_are_read_as_they_were_written(browser: Browser, folder: Path) -> None:
    browser.open(folder / "index.html")
    shown = browser.value("[...document.querySelectorAll('tbody th')].map(cell => cell.textContent)")
    assert shown == list(TITLES.values())
    assert browser.value("getComputedStyle(document.querySelector('tbody th bdi')).unicodeBidi") == "isolate"


@pytest.mark.parametrize("pixels", [320, pytest.param(360, marks=pytest.mark.slow), 1440])
@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_no_page_is_wider_than_the_screen(browser: Browser, folder: Path, pixels: int, scheme: str) -> None:
    browser.width(pixels)
    browser.scheme(scheme)
    for page in html(folder):
        browser.open(page)
        assert browser.value("document.documentElement.scrollWidth <= window.innerWidth"), page.name
        assert browser.picture().startswith(b"\x89PNG")


def test_the_colours_of_light_and_dark_differ_and_the_chart_follows(browser: Browser, folder: Path) -> None:
    seen = {}
    for scheme in ("light", "dark"):
        browser.scheme(scheme)
        browser.open(folder / "indicator-visits.html")
        paths = "[...document.querySelectorAll('svg.chart path')]"
        strokes = f"{paths}.map(path => getComputedStyle(path).stroke).filter(stroke => stroke != 'none')"
        seen[scheme] = set(browser.value(strokes)) | {browser.value("getComputedStyle(document.body).backgroundColor")}
    assert len(seen["light"]) >= 4
    assert not seen["light"] & seen["dark"]


@pytest.mark.parametrize("name", ["index.html", "indicator-visits.html", "indicator-loans.html", "sources.html"])
def test_the_keyboard_reaches_everything_that_can_be_used(browser: Browser, folder: Path, name: str) -> None:
    browser.width(360)
    browser.open(folder / name)
    usable = "a[href], summary, [tabindex='0'], button, input, select"
    hidden = "details:not([open]) > :not(summary) *, details:not([open]) > :not(summary)"
    wanted = browser.value(f"[...document.querySelectorAll({usable!r})].filter(one => !one.matches({hidden!r})).length")
    reached = []
    for _ in range(wanted):
        browser.press_tab()
        reached.append(browser.value(f"[...document.querySelectorAll({usable!r})].indexOf(document.activeElement)"))
        assert browser.value("getComputedStyle(document.activeElement).outlineStyle") == "solid", (
            "where the focus is can be seen"
        )
    assert reached == sorted(set(reached)), "in the order of the page, none twice"
    assert -1 not in reached


SHOWN = "[...document.querySelectorAll('#targets tbody tr:not([hidden]) th')].map(cell => cell.textContent)"


def test_the_table_is_filtered_and_sorted_and_keeps_its_state_in_the_address(browser: Browser, folder: Path) -> None:
    browser.open(folder / "index.html")
    browser.value("document.querySelector('[name=q]').focus()")
    browser.value(
        "(() => { const field = document.querySelector('[name=q]'); field.value = 'HYPERLINK';"
        " field.dispatchEvent(new Event('input', {bubbles: true})); })()"
    )
    assert browser.value(SHOWN) == [TITLES["formula"]]
    assert browser.value("document.getElementById('shown').textContent") == "1 of 4 shown"
    assert browser.value("location.hash") == "#q=HYPERLINK"
    browser.value("location.hash = '#sort=0-'; location.hash")
    browser.value("new Promise(done => setTimeout(done, 50))")
    order = browser.value(SHOWN)
    assert len(order) == 4
    browser.value("document.querySelector('#targets thead button').click()")
    assert browser.value(SHOWN) == order[::-1]
    assert browser.value("document.querySelector('#targets th').getAttribute('aria-sort')") == "ascending"
    assert browser.value("location.hash") == "#sort=0"
    assert browser.console == []


def test_the_values_of_a_chart_are_read_by_arrow_key_and_by_mouse(browser: Browser, folder: Path) -> None:
    browser.width(1000)
    browser.open(folder / "indicator-visits.html")
    step, said = "document.querySelector('#course input')", "document.querySelector('#course .said').textContent"
    assert browser.value(said).startswith("Feb 2026: 105 visits")
    browser.value(f"{step}.focus()")
    browser.press("ArrowLeft", 37)
    assert browser.value(said).startswith("Jan 2026: 104 visits; 114 expected on the path")
    assert browser.value(f"{step}.getAttribute('aria-valuetext')") == browser.value(said), "a screen reader says it"
    assert browser.value("document.querySelectorAll('#course .wide .cursor-dot').length") == 1
    x, y = browser.value(
        "(box => [box.left + 50, box.top + 90])(document.querySelector('#course .wide').getBoundingClientRect())"
    )
    browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
    assert browser.value(said).startswith("Jan 2024: 80 visits")
    assert browser.console == []


def test_a_chart_is_saved_as_png_by_the_browser_itself(browser: Browser, folder: Path) -> None:
    browser.requests.clear()
    browser.open(folder / "indicator-visits.html")
    browser.value("HTMLAnchorElement.prototype.click = function () { window.saved = [this.download, this.href] }")
    browser.value("document.querySelector('#course [data-png]').click()")
    browser.value("new Promise(done => setTimeout(done, 500))")
    name, address = browser.value("window.saved")
    assert name == "indicator-visits-course.png"
    assert address.startswith("data:image/png;base64,iVBOR")
    assert len(address) > 10_000, "it is not blank"
    assert [one for one in browser.requests if not one.startswith(("data:", "file:"))] == []
    assert browser.console == []


@pytest.mark.parametrize(("pixels", "shown"), [(360, "narrow"), (1280, "wide")])
def test_a_phone_has_charts_of_its_own_with_the_axis_in_view(
    browser: Browser, folder: Path, pixels: int, shown: str
) -> None:
    browser.width(pixels)
    browser.open(folder / "indicator-visits.html")
    boxes = browser.value(
        "[...document.querySelectorAll('svg.chart')].map(svg => [svg.classList[1], svg.getBoundingClientRect().width])"
    )
    assert {name for name, width in boxes if width} == {shown}
    assert all(width <= pixels for _, width in boxes)
    sizes = browser.value(
        "[...document.querySelectorAll('svg.chart text')].filter(one => one.getBoundingClientRect().width).map("
        "one => parseFloat(getComputedStyle(one).fontSize) * one.ownerSVGElement.getBoundingClientRect().width"
        " / one.ownerSVGElement.viewBox.baseVal.width)"
    )
    assert min(sizes) >= 11, "no text is too small to read"


def test_on_paper_the_tables_are_open_and_in_black(browser: Browser, folder: Path) -> None:
    browser.width(1000)
    browser.open(folder / "indicator-visits.html")
    inside = "document.querySelector('#periods')"
    details = f"[{inside}.closest('details'), {inside}.closest('table')]"
    heights = f"{details}.map(one => one.getBoundingClientRect().height)"
    whole, table = browser.value(heights)
    assert whole < table, "on the screen the table waits to be opened"
    browser.call("Emulation.setEmulatedMedia", media="print")
    whole, table = browser.value(heights)
    assert whole > table > 200
    assert browser.value("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    shown = "getComputedStyle(document.querySelector({!r})).display"
    hidden = [browser.value(shown.format(name)) for name in ("#course .narrow", "#course .step", "#course .save")]
    assert hidden == ["none"] * 3, "paper has the wide drawing, and nothing to click"
    assert browser.value(shown.format("#course .wide")) == "block"
    browser.call("Emulation.setEmulatedMedia", media="")
    assert browser.pdf().startswith(b"%PDF")


def test_a_page_opens_at_once(browser: Browser, folder: Path) -> None:
    assert min(browser.open(folder / "index.html") for _ in range(3)) < 1.0


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "pixels"), [("light", 1280), ("dark", 360)])
def test_axe_finds_no_barrier_on_any_page(browser: Browser, folder: Path, scheme: str, pixels: int) -> None:
    browser.width(pixels)
    browser.scheme(scheme)
    for page in html(folder):
        browser.open(page)
        assert barriers(browser) == [], page.name
