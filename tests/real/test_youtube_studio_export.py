"""An export of YouTube Studio for 2021: its total, its countries, and Namibia. And one of Facebook, without days."""

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from sources.contract import ParseResult, Place
from sources.social_export.settings import SocialExportSettings
from sources.social_export.source import SocialExport
from tests.loopback import quick_session
from warehouse.errors import ShapeError
from warehouse.schema import Window

EVER, NOW = Window(date(1900, 1, 1), date(2026, 11, 24)), datetime(2026, 11, 24, tzinfo=UTC)


def read(path: Path, **told: Any) -> ParseResult:
    settings = SocialExportSettings.model_validate({"type": "social_export", "path": str(path), **told})
    source = SocialExport("real", settings, Place(ZoneInfo(settings.time_zone or "UTC")))
    return source.parse(list(source.fetch(EVER, NOW, quick_session())))


@pytest.fixture(scope="module")
def youtube(shared_data: Callable[[str], Path]) -> tuple[Path, ParseResult]:
    folder = shared_data("youtube-studio-export")
    return folder, read(folder, layout="youtube_studio")


@pytest.fixture(scope="module")
def table(youtube: tuple[Path, ParseResult]) -> dict[str, float]:
    """What the export itself says of the whole year, by country, its row of totals among them."""
    with (youtube[0] / "Table data.csv").open(encoding="utf-8-sig", newline="") as opened:
        return {row["Geography"]: float(row["Views"]) for row in csv.DictReader(opened)}


def summed(parsed: ParseResult, metric: str) -> "pd.Series[float]":
    return parsed.observations[parsed.observations["metric"] == metric].groupby("entity")["value"].sum()


def test_the_days_add_up_to_the_exports_own_total(youtube: tuple[Path, ParseResult], table: dict[str, float]) -> None:
    _, parsed = youtube
    views = parsed.observations[parsed.observations["metric"] == "views"]
    assert len(views) == 365
    assert (views["start"].min().date(), views["start"].max().date()) == (date(2020, 12, 31), date(2021, 12, 30))
    assert views["value"].sum() == table["Total"] == 15_503_810
    assert parsed.refused.empty


def test_every_country_adds_up_to_its_line_and_no_total_is_a_country(
    youtube: tuple[Path, ParseResult], table: dict[str, float]
) -> None:
    by_country = summed(youtube[1], "views_by_geography")
    assert by_country.sum() == 14_344_009, (
        "7.5 per cent of the views belong to no country, so the parts are not the whole"
    )
    assert "Total" not in by_country
    listed = {country: views for country, views in table.items() if country != "Total"}
    assert {country: by_country[country] for country in listed} == listed


def test_namibia_is_there(youtube: tuple[Path, ParseResult], table: dict[str, float]) -> None:
    assert summed(youtube[1], "views_by_geography")["NA"] == table["NA"] == 586


def test_the_files_without_days_are_named(youtube: tuple[Path, ParseResult]) -> None:
    assert {note.split(" has no")[0] for note in youtube[1].notes if "no column of days" in note} == {
        "Table data.csv",
        "subscribers_geo.csv",
    }


def test_posts_without_dates_belong_to_no_day(shared_data: Callable[[str], Path]) -> None:
    told = {
        "columns": {"date": "Date", "metrics": {"likes": {"column": "like", "unit": "likes"}}},
        "date_formats": ["%Y-%m-%d"],
        "delimiter": ";",
    }
    with pytest.raises(ShapeError, match="the values have no day"):
        read(shared_data("uci-facebook-metrics") / "dataset_Facebook.csv", **told)
