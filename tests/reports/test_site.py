"""The pages of the scorecard: their content, that they load nothing from elsewhere, and that data stay text."""

import re
from datetime import date
from typing import Any

import pytest

from reports.site.file_names import page_name
from reports.site.published_rows import PlanDetails
from reports.site.scripts import script
from reports.words import LANGUAGES
from tests.reports.site_rows import HOSTILE, Page, indicator, months, pages, periods, pull, tables, verdict
from transforms.findings import found, to_json

SCRIPTS = {"index": "overview.js", "indicator-": "charts.js"}
"""The pages that have a script, by how their names begin."""


def hostile() -> dict[str, Any]:
    """The tables with the hostile text wherever there is one for people."""
    closed = {
        "indicator_id",
        "verdict",
        "alert",
        "grade",
        "kind",
        "better",
        "period",
        "path",
        "cause",
        "activity_id",
        "start",
        "as_of",
        "rule",
        "origin",
        "status",
        "reason_code",
        "reason_parameters",
    }
    rows = {
        name: [
            {key: HOSTILE if isinstance(value, str) and key not in closed else value for key, value in row.items()}
            for row in some
        ]
        for name, some in tables().items()
    }
    rows["indicators"][0]["sources"] = [HOSTILE]
    rows["sources"][0]["missing"] = [HOSTILE]
    return rows


@pytest.mark.parametrize("code", LANGUAGES)
def test_hostile_texts_stay_text_on_every_page(code: str) -> None:
    plan = PlanDetails(HOSTILE, {"visits": [HOSTILE]}, frozenset({"visits"}), ((date(2024, 8, 1), None, HOSTILE),))
    site = pages(hostile(), plan, code)
    for name, text in site.items():
        if name.endswith(".csv"):
            continue
        page = Page(text)
        own = next((file for begin, file in SCRIPTS.items() if name.startswith(begin)), None)
        assert text.count("<script") == (own is not None), name
        assert own is None or f"<script>{script(own)}</script>" in text, name
        assert not [key for _, attributes in page.tags for key in attributes if key.startswith("on")], name
        assert not page.unclosed, name
    counted = {name: Page(text).text.count(HOSTILE) for name, text in site.items()}
    assert counted["index.html"] >= 4
    assert counted["indicator-visits.html"] >= 15
    assert min(counted[name] for name in ("activities.html", "sources.html", "history.html")) >= 4


def test_no_page_loads_anything_from_elsewhere() -> None:
    site = pages(tables())
    for name, text in site.items():
        known = text.replace('xmlns="http://www.w3.org/2000/svg"', "") if name.endswith(".svg") else text
        assert not re.search(r"https?:|[\"'(]//|@import", known), name
        assert set(re.findall(r"url\(.", text)) <= {"url(#"}, "only what lies in the page itself"
    for name in site:
        assert not name.endswith(".html") or "default-src 'none'" in site[name]


def test_every_link_leads_to_a_page_or_a_place_in_it() -> None:
    site = pages(tables("visits", "loans"))
    for name, text in site.items():
        page = Page(text)
        places = {attributes["id"] for _, attributes in page.tags if attributes.get("id")}
        assert len(places) == sum("id" in attributes for _, attributes in page.tags), "an id is there once"
        links = [attributes["href"] or "" for attributes in page.named("a")] + [
            attributes["href"] or "" for attributes in page.named("use") if "href" in attributes
        ]
        assert all(link.removeprefix("#") in places if link.startswith("#") else link in site for link in links), name
        referred = [
            attributes["aria-labelledby"] or "" for _, attributes in page.tags if "aria-labelledby" in attributes
        ]
        assert all(set(names.split()) <= places for names in referred), name


def test_the_overview_leads_to_each_indicator_with_its_verdict_in_words_and_shape() -> None:
    html = pages(tables())["index.html"]
    page = Page(html)
    row = html[html.index("<tbody") : html.index("</tbody")]
    assert 'href="indicator-visits.html"' in row
    assert 'href="#s-behind"' in row
    text = Page(row).text
    assert text.startswith(
        "Visits behind (worsening) 90 31 Jan 2026 incomplete 108 wrong way +1 % in a period about 10 %"
    )
    assert text.endswith("raised since 5 Jan 2026")
    assert page.text.index("Needs attention now") < page.text.index("All indicators")


def test_the_overview_says_why_an_indicator_cannot_be_judged() -> None:
    text = Page(
        pages(tables(verdicts=[verdict(verdict="not_assessable", worsening=False, reason="the plan gives no target")]))[
            "index.html"
        ]
    ).text
    assert "Visits not assessable the plan gives no target" in text


def test_what_is_on_track_needs_no_attention() -> None:
    good = verdict(verdict="on_track", worsening=False, alert="inactive", alert_since=None)
    assert "Needs attention now" not in pages(tables(verdicts=[good]))["index.html"]
    assert "Needs attention now" in pages(tables(verdicts=[good | {"alert": "source_failed"}]))["index.html"]


def test_an_indicators_page_has_everything_that_is_known_of_it() -> None:
    text = Page(pages(tables())["indicator-visits.html"]).text
    for part in (
        "90 visits in Jan 2026",
        "No clear trend.",
        "raised since 5 January 2026 (found in the period that begins on 1 December 2025)",
        "luck alone below 1 %",
        "Ms Reader",
        "A 1 June 2025: New gates . Values before and after are not comparable.",
        "1 5 September 2025: Open week",
        "1 August 2024 to 30 September 2024: Building works",
        "200 visits by 31 December 2026",
        "100 visits, 1 January 2025 to 31 December 2025",
        "target 150 by 31 Dec 2026 before, now 200",
        "Unknown periods: 1 of 26. They are gaps, not zeros.",
        "incomplete (1 of 26 periods)",
        "provisional (1 of 26 periods)",
        "The source gates is late",
        "timed out",
        "Missing days of the source gates: 2026-02-03",
        "Open week : cannot be determined : 2 complete months after it, needs 3",
        "gates: visits",
        "gates footfall 2 March 2026, 06:00 UTC 28 February 2026 values change for 3 days",
        "the plan was changed",
    ):
        assert part in text, part


def test_only_a_flow_says_that_missing_days_make_sums_too_low() -> None:
    texts = {
        kind: Page(pages(tables(indicators=[indicator(kind=kind)]))["indicator-visits.html"]).text
        for kind in ("flow", "stock", "rate")
    }
    assert all("incomplete (1 of 26 periods): some of the days or hours" in text for text in texts.values())
    assert {kind for kind, text in texts.items() if "sums are too low" in text} == {"flow"}


def test_an_unknown_month_is_called_so_and_is_no_zero() -> None:
    text = Page(pages(tables())["indicator-visits.html"]).text
    assert "Mar 2024 not known 92 50 % incomplete" in text
    assert "Feb 2026 105 115 100 % provisional" in text
    assert "None" not in text
    assert "nan" not in text.casefold().replace("finance", "")


def test_the_table_beside_the_chart_holds_the_forecast_with_its_interval() -> None:
    assert (
        "31 Dec 2026 120 90 to 150 200 forecast for the due day, with its 80 % interval"
        in Page(pages(tables())["indicator-visits.html"]).text
    )


def test_the_table_beside_the_chart_holds_the_months_to_come_with_what_is_expected_of_them() -> None:
    page = pages(tables())["indicator-visits.html"]
    assert (
        "Mar 2026 110 90 to 130 121 forecast, with its 80 % interval; the 95 % interval is 80 to 140" in Page(page).text
    )
    order = [page.index(f'"short">{month} 2026<') for month in ("Dec", "Mar", "Feb")]
    assert order == sorted(order), "newest first"


def test_the_target_of_a_year_is_not_drawn_on_the_scale_of_a_month() -> None:
    plan = PlanDetails("Hill Library", yearly=frozenset({"visits"}))
    page = pages(tables(), plan)["indicator-visits.html"]
    chart = page[page.index('<figure id="course"') : page.index("</figure>")]
    assert "200 visits in the year to 31 December 2026" in page
    assert "The target is for a year" in chart
    assert ">target" not in chart
    assert "forecast of each period to come" in chart
    assert "forecast for the due day" not in chart
    assert ">target 200</text>" in pages(tables())["indicator-visits.html"]


def test_a_target_that_its_season_changes_is_explained() -> None:
    note = "In the period that holds the due day it is 180: by the season"
    seasonal = indicator(path="seasonal", needed=180.0)
    assert note in pages(tables(indicators=[seasonal]))["indicator-visits.html"]
    assert ">target 180</text>" in pages(tables(indicators=[seasonal]))["indicator-visits.html"]
    assert note not in pages(tables())["indicator-visits.html"]


def test_a_band_has_no_path_and_no_pace() -> None:
    band = indicator(better="band", target_value=None, needed=None, target_low=80.0, target_high=100.0, rule="band")
    page = Page(pages(tables(indicators=[band]))["indicator-visits.html"])
    assert "80 to 100 visits by 31 December 2026" in page.text
    assert "band 80" in page.text
    assert not re.search(r"Path|Rule|rule|the same amount", page.text)


def test_an_indicator_without_a_value_has_a_page_all_the_same() -> None:
    blank = dict.fromkeys(verdict()) | {
        "indicator_id": "visits",
        "as_of": verdict()["as_of"],
        "verdict": "not_assessable",
        "reason": "no data yet",
        "grade": "none",
    }
    bare = indicator(
        **dict.fromkeys(
            ("objective", "owner", "target_value", "due", "path", "baseline_value", "baseline_start", "baseline_end")
        )
    )
    rows = tables(
        verdicts=[blank],
        indicators=[bare],
        periods=[],
        verdict_history=[],
        effects=[],
        activities=[],
        indicator_breaks=[],
    )
    page = Page(pages(rows)["indicator-visits.html"])
    assert "No value is known yet." in page.text
    assert "The plan gives no target." in page.text
    assert "None" not in page.text
    assert not page.unclosed


def test_of_many_periods_the_newest_are_in_the_table_and_the_rest_is_counted() -> None:
    page = pages(tables(periods=periods(count=700)))["indicator-visits.html"]
    assert "100 older periods are left out here" in page
    assert page.count('<th scope="row" class="short">') >= 600


def test_an_older_warehouse_without_the_newer_columns_still_has_its_pages() -> None:
    old = {
        key: verdict()[key]
        for key in (
            "indicator_id",
            "as_of",
            "through",
            "verdict",
            "worsening",
            "reason",
            "value",
            "expected",
            "pace_ratio",
            "rule",
            "grade",
        )
    }
    site = pages(
        tables(
            verdicts=[old],
            sources=[{"source": "gates", "type": "footfall", "fresh": True, "rows": 1, "refused": 0}],
            settling=[],
        )
    )
    assert "None" not in Page(site["index.html"]).text + Page(site["sources.html"]).text


@pytest.mark.parametrize("name", ["con", "nul", "../../etc/passwd", "<script>", "x" * 500, "Ünï", ""])
def test_the_file_of_an_indicator_is_harmless_on_every_system(name: str) -> None:
    assert re.fullmatch(r"indicator-[a-z0-9_]{1,63}\.html", page_name(name))


def test_pages_of_two_indicators_never_share_a_file() -> None:
    assert len({page_name(name) for name in ("a", "A", "a ", "á", "<a>")}) == 5


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_table_column_has_a_scope_and_every_chart_a_name(code: str) -> None:
    for name, text in pages(tables(), code=code).items():
        page = Page(text)
        assert all("scope" in attributes for attributes in page.named("th")), name
        drawn = [attributes for attributes in page.named("svg") if attributes.get("aria-hidden") != "true"]
        assert all(
            attributes["role"] == "img" and (attributes.get("aria-label") or attributes.get("aria-labelledby"))
            for attributes in drawn
        ), name
        regions = [attributes for _, attributes in page.tags if attributes.get("role") == "region"]
        assert all(attributes.get("tabindex") == "0" for attributes in regions), "what scrolls is reached by keyboard"
        if name.endswith("html"):
            assert page.named("html")[0]["lang"] == code
            assert len(page.named("h1")) == len(page.named("main")) == 1


def test_sentences_from_the_data_are_marked_as_english_on_a_german_page() -> None:
    page = pages(tables(), code="de")["indicator-visits.html"]
    assert '<bdi lang="en">90 visits in Jan 2026</bdi>' in page
    assert "stehen auf Englisch" in page
    assert "stehen auf Englisch" not in pages(tables())["indicator-visits.html"]


def test_the_same_tables_give_the_same_bytes() -> None:
    assert pages(tables()) == pages(tables())


def luminance(colour: str) -> float:
    """Relative luminance, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    digits = colour.removeprefix("#") if len(colour) == 7 else "".join(two * 2 for two in colour.removeprefix("#"))
    shares = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
def test_every_colour_stands_out_from_its_ground(scheme: int) -> None:
    style = pages(tables())["index.html"]
    colours = dict(re.findall(r"--(\w+): (#\w+)", re.findall(r":root \{[^}]*\}", style)[scheme]))
    grounds = [luminance(colours[name]) for name in ("ground", "soft")]
    backs = {"low", "middle", "high"}
    for name in set(colours) - {"ground", "soft", "line"} - backs:
        for ground in grounds:
            light, dark = sorted((luminance(colours[name]), ground), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, name
    for bar in ("series", "bad", "ink"):
        for back in backs:
            light, dark = sorted((luminance(colours[bar]), luminance(colours[back])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 3, (bar, back)


def test_a_period_names_its_newest_pull_and_leads_to_it() -> None:
    text = pages(tables())["indicator-visits.html"]
    rows = re.findall(r"<tr><th scope=\"row\" class=\"short\">([^<]*)</th>.*?<td class=\"short\">(.*?)</td></tr>", text)
    pulled = dict(rows)
    assert pulled["Feb 2026"] == '<a href="#pull-20260302T060000-aaaa">2 Mar 2026</a> and 1 more'
    assert pulled["Dec 2025"] == '<a href="#pull-20260301T060000-bbbb">1 Mar 2026</a>'


def test_the_pulls_behind_an_indicator_are_those_that_delivered_its_values() -> None:
    text = Page(pages(tables())["indicator-visits.html"]).text
    assert "20260302T060000-aaaa gates 2 Mar 2026, 06:00 UTC 1 Jan 2024 to 28 Feb 2026 12,345 31 0 1 2 1 " in text
    assert "20260301T060000-bbbb gates 1 Mar 2026, 06:00 UTC 1 Jan 2024 to 28 Feb 2026 12,345 31 3 1 2 26 " in text
    assert "cccc" not in text, "a failed pull brought nothing"


def test_of_many_pulls_the_newest_are_shown_and_the_others_counted() -> None:
    names = [f"2026{1 + n // 28:02}{1 + n % 28:02}T060000-{n:04}" for n in range(70)]
    behind = [
        {"indicator_id": "visits", "start": months(26)[-1 if n > 9 else 0][0], "pull_id": name}
        for n, name in enumerate(names)
    ]
    text = pages(tables(pulls=[pull(name) for name in names], period_pulls=behind))["indicator-visits.html"]
    assert text.count('id="pull-') == 30
    assert "40 older pulls are left out here" in text
    assert '<td class="short">10 Jan 2026 and 9 more</td>' in text, "no link to what is not shown"


def test_a_source_shows_its_checks_and_its_newest_pulls_with_those_that_failed() -> None:
    text = Page(pages(tables())["sources.html"]).text
    assert "1 of 2 checks passed, over 12,347 rows read on 2 Mar 2026, 06:00 UTC." in text
    assert "it can be read a check of kmi's own 12,347 2 value is finite ExpectColumnValuesToBeBetween 12,347 0" in text
    assert "1 Jan 2024 to 28 Feb 2026 12,345 31 0 1 2 failed: timed out" in text


def test_values_of_an_older_version_name_no_pull() -> None:
    site = pages(tables(pulls=[], period_pulls=[], checks=[]))
    assert "pull-" not in site["indicator-visits.html"]
    assert "checks passed" not in site["sources.html"]


def test_a_baseline_without_a_value_is_said_to_be_unknown() -> None:
    text = Page(pages(tables(indicators=[indicator(baseline_value=None)]))["indicator-visits.html"]).text
    assert "Baseline not known, 1 January 2025 to 31 December 2025" in text


def test_what_luck_explains_is_shown_only_for_a_shortfall() -> None:
    good = verdict(verdict="on_track", worsening=False, luck_p_value=0.8)
    assert "luck alone" in pages(tables())["indicator-visits.html"]
    assert "luck alone" not in pages(tables(verdicts=[good]))["indicator-visits.html"]


def test_a_year_is_not_said_to_lack_a_season() -> None:
    assert "summer month" in pages(tables())["indicator-visits.html"]
    assert "summer month" not in pages(tables(indicators=[indicator(period="year")]))["indicator-visits.html"]


def test_the_overview_names_the_sources_that_failed_and_those_that_are_late() -> None:
    whole = tables()["sources"][0] | {"fresh": True, "last_error": None}
    late = whole | {"source": "desk", "fresh": False, "data_through": None}
    text = Page(
        pages(tables(sources=[whole, whole | {"source": "web", "last_error": "403: renew the key"}, late]))[
            "index.html"
        ]
    ).text
    assert (
        "Sources that need attention web could not be read: 403: renew the key desk has delivered no data yet." in text
    )
    assert "Sources that need" not in pages(tables(sources=[whole]))["index.html"]


def test_a_sentence_made_for_the_reader_is_not_marked_as_english() -> None:
    rising = found("rising", per_year=1250.0, low=900.0, high=1600.0, unit="visits")
    few = found("few_after", known=0, needs=3, period="month")
    published = tables()
    published["verdicts"][0] |= {
        **{"reason_code": "no_target", "reason_parameters": "{}"},
        **{"outlook_code": "rising", "outlook_parameters": to_json([rising])},
    }
    published["effects"][0] |= {"reason_code": "few_after", "reason_parameters": to_json([few])}
    page = pages(published, code="de")["indicator-visits.html"]
    for said in ("der Plan nennt kein Ziel", "Anstieg um etwa 1.250 visits im Jahr", "0 vollständige Monate danach"):
        assert f"<bdi>{said}" in page
    assert pages(published, code="de")["activities.html"].count("<bdi>0 vollständige Monate danach") == 1
