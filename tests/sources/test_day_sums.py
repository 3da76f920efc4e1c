"""The sum of a day among its hours is asked about, at whatever time it is written."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sources.contract import ParseResult, Place, RawPage
from sources.footfall.settings import FootfallSettings
from sources.footfall.source import Footfall
from sources.opening_hours import WEEKDAYS, OpeningHours
from warehouse.errors import ShapeError
from warehouse.schema import Window

EVER = Window(date(2000, 1, 1), date(2026, 10, 1))
HOURS: dict[str, Any] = {
    "layout": "long",
    "columns": {"entity": "Gate", "date": "Day", "hour": "Time", "value": "Count"},
    "date_formats": ["%Y-%m-%d"],
    "period": "hour",
}
FIRST = date(2026, 6, 1)


def parse(text: str, hours: OpeningHours | None = None, **settings: Any) -> ParseResult:
    source = Footfall(
        "gates",
        FootfallSettings.model_validate({"type": "footfall", "path": "g.csv"} | HOURS | settings),
        Place(ZoneInfo("Europe/London"), hours),
    )
    return source.parse([RawPage("gates", EVER, 0, "g.csv", 200, datetime(2026, 10, 1, tzinfo=UTC), text.encode())])


def table(days: int, *, sum_at: str | None, shift: int = 0, spoilt: tuple[int, ...] = (), scale: int = 100) -> str:
    """Hours from 9 to 20 of some days, and the sum of each; the sum of the days ``spoilt`` is one too large."""
    draw, lines = Random(3), ["Gate,Day,Time,Count"]
    for n in range(days):
        day, counts = FIRST + timedelta(days=n), [draw.randrange(1, scale) for _ in range(9, 21)]
        lines += [f"Main,{day},{9 + at}:00,{count}" for at, count in enumerate(counts)]
        if sum_at:
            lines.append(f"Main,{day + timedelta(days=shift)},{sum_at},{sum(counts) + (n in spoilt)}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("sum_at", "shift", "spoilt"),
    [("00:00", 0, ()), ("00:00", 1, ()), ("23:00", 0, ()), ("23:00", -1, ()), ("00:00", 0, (1, 4))],
)
def test_the_sum_of_a_day_among_its_hours_is_asked_about(sum_at: str, shift: int, spoilt: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=rf"'Main' at {sum_at} is on most days the sum of the other times.*'skip: "):
        parse(table(10, sum_at=sum_at, shift=shift, spoilt=spoilt))


def test_the_sum_in_the_place_of_the_last_hour_is_found_where_labels_are_ends() -> None:
    with pytest.raises(ShapeError, match="at 23:00 is on most days the sum"):
        parse(table(10, sum_at="24:00"), label="end")


def test_one_day_is_enough_where_its_sum_is_large() -> None:
    with pytest.raises(ShapeError, match=r"g\.csv, row 14"):
        parse(table(1, sum_at="00:00", scale=4000))


def test_what_the_message_advises_gives_the_sums_of_the_hours_once() -> None:
    plain, summed = parse(table(10, sum_at=None)), table(10, sum_at="00:00")
    skipped = parse(summed, skip={"Time": ["00:00"]})
    week = dict.fromkeys(WEEKDAYS, "09:00-21:00")
    opened = parse(summed, OpeningHours.model_validate({"default": week}), open_hours_only=True)
    want = plain.observations["value"].tolist()
    assert [skipped.observations["value"].tolist(), opened.observations["value"].tolist()] == [want, want]


def test_an_hour_that_equals_the_others_now_and_then_is_an_hour() -> None:
    assert len(parse(table(30, sum_at="00:00", spoilt=tuple(range(12, 30)))).observations) == 30
    small = "".join(
        f"Main,2026-06-{day:02},{at}:00,{n}\n" for day in range(1, 9) for at, n in ((9, 2), (10, 1), (11, 1))
    )
    assert len(parse("Gate,Day,Time,Count\n" + small).observations) == 8
