"""From files to the published control charts: which periods are charted, what their signals mean, the assurance."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from flows.steps.refresh import RefreshRequest, refresh
from reports.languages import language
from reports.site.build import build_site
from reports.site.published_rows import PlanDetails
from tests.forked_runs import context_of
from tests.plan_texts import write_plan
from tests.reports.site_rows import Page
from tests.transforms.test_control_chart import VISCOSITY
from warehouse.published_tables import published_at

NOW = datetime(2026, 9, 3, 6, tzinfo=UTC)
"""August 2026 is over and may still be revised."""
PLAN = """\
organisation: {name: Hill Library, time_zone: Europe/London}
sources:
  gates:
    {type: footfall, path: visits.csv, layout: wide, columns: {entity: Branch}, date_formats: ["%Y-%m"], period: month,
    restated_days: 20}
indicators:
"""
INDICATOR = """\
  {name}: {{title: {name}, unit: visits, kind: flow, {more}of: [{{source: gates, metric: visits, entities: [{of}]}}]}}
"""
BASELINE = "baseline: {from: 2022-01-01, to: 2022-12-31, value: 900}, due: 2026-12-31"
INDICATORS = {
    "risen": ("Risen", f"target: {{{BASELINE}, value: 1030}}, "),
    "easy": ("Risen", f"target: {{{BASELINE}, value: 950}}, "),
    "hard": ("Risen", f"target: {{{BASELINE}, value: 1200}}, "),
    "fewer": ("Risen", f"better: down, target: {{{BASELINE}, value: 850}}, "),
    "within": ("Risen", "better: band, target: {band: {low: 900, high: 1150}, due: 2026-12-31}, "),
    "gap": ("Gap", ""),
    "parted": ("Parted", f"target: {{{BASELINE}, value: 1500}}, "),
    "seasonal": ("Term", f"target: {{{BASELINE}, value: 1030, path: seasonal}}, "),
    "term": ("Term", f"target: {{{BASELINE}, value: 1000}}, "),
    "total": ("Risen", f"target: {{{BASELINE.replace('900', '10800')}, value: 12000, over: year}}, "),
    "short": ("Short", f"target: {{{BASELINE}, value: 1000}}, "),
    "new": ("New", ""),
    "flat": ("Flat", ""),
    "partly": ("Partly, Steady", "min_completeness: 0.5, "),
    "years": ("Years", "period: year, "),
}
MORE = """\
breaks: [{day: 2024-07-15, reason: new gates, indicators: [parted]}]
calendar: {closed: [{from: 2023-02-01, to: 2023-02-28, reason: Repairs}]}
"""
MONTHS = pd.period_range("2011-01", "2026-08", freq="M")
SINCE_2022 = pd.Period("2022-01") <= MONTHS
TERM = np.array([1.2, 1.1, 1.0, 1.2, 0.9, 0.8, 0.5, 0.5, 1.1, 1.4, 1.3, 1.0])


def branches() -> pd.DataFrame:
    """Visits of each branch by month; about 1000 with noise of 15."""
    random = np.random.default_rng(11)
    noise = {name: 1000 + random.normal(0, 15, len(MONTHS)) for name in ("Risen", "Parted", "Term", "Short", "Partly")}
    rows = {name: pd.Series(values, MONTHS).where(SINCE_2022) for name, values in noise.items()}
    rows["Risen"]["2025-12":] += 30
    rows["Gap"] = rows["Risen"].copy()
    rows["Gap"]["2026-05"] = np.nan
    rows["Parted"]["2024-07":] += 500
    rows["Term"] *= TERM[MONTHS.month - 1]
    rows["Short"][:"2025-04"] = np.nan
    rows["New"] = rows["Risen"].where(pd.Period("2025-12") <= MONTHS)
    rows["Flat"] = pd.Series(500.0, MONTHS).where(SINCE_2022)
    rows["Flat"]["2024-03"] = 501
    rows["Steady"] = rows["Partly"].copy()
    rows["Partly"]["2025-11"] = np.nan
    rows["Years"] = pd.Series(0.0, MONTHS)
    rows["Years"][[f"{2011 + n}-01" for n in range(15)]] = 100 * np.array(VISCOSITY)
    return pd.DataFrame(rows).T.round().rename_axis("Branch").astype("Int64")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("charts")
    table = branches()
    table.columns = table.columns.astype(str)
    table.to_csv(folder / "visits.csv")
    indicators = "".join(INDICATOR.format(name=name, of=of, more=more) for name, (of, more) in INDICATORS.items())
    refresh(context_of(write_plan(folder, PLAN + indicators + MORE), folder / "warehouse", NOW), RefreshRequest())
    return folder / "warehouse" / "published"


def rows(published: Path, table: str, name: str, where: str = "true") -> list[dict[str, Any]]:
    order = "start" if table == "periods" else "indicator_id"
    query = f"select * from '{published}/{table}.parquet' where indicator_id = '{name}' and {where} order by {order}"
    found = duckdb.sql(query)
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def test_limits_of_years_are_those_of_the_published_example(published: Path) -> None:
    """Montgomery's example 6.5 in hundredths: centre 33.52, limits 32.24 and 34.80, and no signal."""
    charted = [row for row in rows(published, "periods", "years") if row["chart_signal"]]
    assert len(charted) == 15
    for row in charted:
        limits = [row[name] / 100 for name in ("chart_mean", "chart_low", "chart_high")]
        assert limits == pytest.approx([33.52, 32.24, 34.80], abs=0.006)
        assert (row["chart_signal"], row["chart_change"]) == ("none", "none")


@pytest.mark.parametrize(
    ("name", "change", "assurance"),
    [
        ("risen", "improvement", "hit_or_miss"),
        ("easy", "improvement", "consistently_met"),
        ("hard", "improvement", "consistently_missed"),
        ("fewer", "concern", "consistently_missed"),
        ("within", "higher", "consistently_met"),
    ],
)
def test_a_rise_is_better_or_worse_by_the_desired_direction(
    published: Path, name: str, change: str, assurance: str
) -> None:
    """Eight months 30 above, and two before them that happen to lie above the mean too."""
    (verdict,) = rows(published, "verdicts", name)
    assert (verdict["chart_change"], verdict["chart_since"]) == (change, date(2025, 10, 1))
    assert (verdict["assurance"], verdict["assurance_reason"]) == (assurance, None)
    newest = rows(published, "periods", name, "start >= '2025-10-01' and not provisional")
    assert [row["chart_change"] for row in newest] == [change] * 10
    assert all(row["whole"] > row["chart_mean"] for row in newest)
    assert {row["chart_signal"] for row in newest} == {"outside", "two_of_three_near_limit", "seven_on_one_side"}


@pytest.mark.parametrize("name", ["risen", "parted", "term", "partly"])
def test_a_value_is_outside_where_it_lies_beyond_the_limits_of_its_own_period(published: Path, name: str) -> None:
    charted = [row for row in rows(published, "periods", name) if row["chart_signal"]]
    assert len(charted) > 50
    for row in charted:
        beyond = not row["chart_low"] <= row["whole"] <= row["chart_high"]
        assert (row["chart_signal"] == "outside") == beyond


def test_a_missing_month_ends_the_run(published: Path) -> None:
    """June and July 2026 alone are no run of seven, and the five months before May 2026 are none either."""
    (verdict,) = rows(published, "verdicts", "gap")
    assert (verdict["chart_change"], verdict["chart_since"], verdict["chart_reason"]) == ("none", None, None)
    (may,) = rows(published, "periods", "gap", "start = '2026-05-01'")
    assert (may["whole"], may["chart_signal"], may["chart_change"]) == (None, None, None)
    assert may["chart_low"] < may["chart_mean"] < may["chart_high"]


def test_a_break_starts_a_new_chart_and_its_month_is_in_neither(published: Path) -> None:
    before, since = (
        [row for row in rows(published, "periods", "parted", where) if row["chart_signal"]]
        for where in ("start < '2024-07-15'", "start >= '2024-07-15'")
    )
    assert (before[-1]["start"], since[0]["start"]) == (date(2024, 6, 1), date(2024, 8, 1))
    assert 980 < min(row["chart_mean"] for row in before) < max(row["chart_mean"] for row in before) < 1020
    assert 1480 < min(row["chart_mean"] for row in since) < max(row["chart_mean"] for row in since) < 1520
    assert {row["chart_signal"] for row in (*before, *since)} == {"none"}
    (july,) = rows(published, "periods", "parted", "start = '2024-07-01'")
    assert [july[name] for name in ("chart_mean", "chart_signal", "chart_change")] == [None] * 3
    (verdict,) = rows(published, "verdicts", "parted")
    assert (verdict["chart_change"], verdict["assurance"]) == ("none", "hit_or_miss")


def test_the_season_is_in_the_limits_and_is_no_signal(published: Path) -> None:
    """July has half the visits of an average month, October 1.4 times as many."""
    (july,) = rows(published, "periods", "term", "start = '2025-07-01'")
    (october,) = rows(published, "periods", "term", "start = '2025-10-01'")
    assert october["chart_mean"] / july["chart_mean"] == pytest.approx(1.4 / 0.5, rel=0.02)
    assert october["chart_high"] / october["chart_mean"] == pytest.approx(july["chart_high"] / july["chart_mean"])
    assert {row["chart_signal"] for row in (july, october)} == {"none"}


@pytest.mark.parametrize(
    ("name", "no_chart", "assurance", "no_assurance"),
    [
        ("seasonal", None, None, "seasonal_path"),
        ("term", None, "depends_on_season", None),
        ("total", None, None, "year_total"),
        ("short", "few_in_season", None, "no_chart"),
        ("new", "few_in_season", None, "no_target"),
        ("flat", "no_noise", None, "no_target"),
        ("gap", None, None, "no_target"),
    ],
)
def test_what_cannot_be_compared_says_why(
    published: Path, name: str, no_chart: str | None, assurance: str | None, no_assurance: str | None
) -> None:
    (verdict,) = rows(published, "verdicts", name)
    found = [verdict[column] for column in ("chart_reason", "assurance", "assurance_reason")]
    assert found == [no_chart, assurance, no_assurance]
    if no_chart:
        assert verdict["chart_change"] is None
        charted = duckdb.sql(
            f"select count(chart_mean), count(chart_signal) from '{published}/periods.parquet' "
            f"where indicator_id = '{name}'"
        ).fetchall()
        assert charted == [(0, 0)]


def test_a_partly_known_month_is_compared_as_a_whole(published: Path) -> None:
    """Half of it is missing: what was counted lies far below the limits, the estimate of the whole does not."""
    (row,) = rows(published, "periods", "partly", "start = '2025-11-01'")
    assert row["value"] < row["chart_low"] < row["whole"] < row["chart_high"]
    assert (row["chart_signal"], row["flags"]) == ("none", ["incomplete"])


def test_a_provisional_or_closed_month_is_not_charted(published: Path) -> None:
    (august,) = rows(published, "periods", "risen", "start = '2026-08-01'")
    assert august["provisional"]
    (closed,) = rows(published, "periods", "risen", "start = '2023-02-01'")
    assert "closed" in closed["flags"]
    assert [row["chart_signal"] for row in (august, closed)] == [None, None]
    assert (august["chart_mean"], closed["chart_mean"] is None) == (None, False)


def pages(published: Path, code: str) -> dict[str, str]:
    details = PlanDetails("Hill Library", yearly=frozenset({"total"}))
    return {
        name: body.decode() for name, body in build_site(details, published_at(str(published.parent)), language(code))
    }


def test_the_page_says_it_in_words_and_marks_the_months(published: Path) -> None:
    site = pages(published, "en")
    risen, fewer = site["indicator-risen.html"], site["indicator-fewer.html"]
    assert "Better than luck explains since October 2025: 10 months in a row above the mean (up to July 2026)." in risen
    assert "the target would sometimes be met and sometimes missed, by luck. The newest values are beyond" in risen
    assert "Worse than luck explains since October 2025: 10 months in a row above the mean (up to July 2026)." in fewer
    assert "the target would always be missed.</bdi>" in fewer  # and ever more surely so
    assert "the mean and the limits of what luck explains" in risen
    assert Page(risen).text.count("better than luck explains") == 1 + sum(
        row["chart_change"] == "improvement" for row in rows(published, "periods", "risen")
    ), "in the legend and of each month in the table"
    assert "None, because too few values are known to tell the season from luck" in site["indicator-short.html"]
    assert "control chart: the mean" not in site["indicator-short.html"]
    assert "None, because the target is for a year" in site["indicator-total.html"]
    assert "Luck alone explains the newest ups and downs (up to July 2026)." in site["indicator-term.html"]
    assert [sign in site["index.html"] for sign in (">+ better<", ">× worse<", ">□ higher<", ">± only luck<")] == [
        True
    ] * 4


def test_the_german_page_says_the_same(published: Path) -> None:
    risen = pages(published, "de")["indicator-risen.html"]
    assert "Besser, als Zufall erklärt, seit Oktober 2025: 10 Monate in Folge über dem Mittel (bis Juli 2026)." in risen
