"""The TRAF-SYS portal: hours that are named by their end to local days, doors inside, counts that come twice or cannot be read."""

import json
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pytest

from sources.contract import ParseResult, Place
from sources.opening_hours import OpeningHours
from sources.trafsys import Trafsys
from tests.loopback import NOW, ReceivedRequest, Reply, page, quick_session, serve
from warehouse.errors import RefusedError, ShapeError
from warehouse.schema import DAY, Window

MONDAY = date(2026, 11, 2)
WINDOW = Window(MONDAY, MONDAY + 2 * DAY)
LONG, SHORT = date(2026, 10, 25), date(2026, 3, 29)
SECRET = "s3cr3t/token+value"


def source(
    url: str = "https://portal.example", zone: str = "Europe/London", hours: OpeningHours | None = None, **told: Any
) -> Trafsys:
    settings = {"type": "trafsys", "user": "library", "password": "${env:TOKEN}", "url": url} | told
    return Trafsys("gates", Trafsys.Settings.model_validate(settings), Place(ZoneInfo(zone), hours))


def count(ending: str, ins: object = 1, outs: object = 0, **more: object) -> dict[str, object]:
    return {
        "SiteCode": "MAIN",
        "Location": "North gate",
        "IsInternal": False,
        "PeriodEnding": ending,
        "Ins": ins,
        "Outs": outs,
    } | more


def parsed(*rows: object, window: Window = WINDOW, **told: Any) -> ParseResult:
    return source(**told).parse([page(json.dumps(rows).encode(), window=window)])


def values(told: ParseResult) -> dict[str, float]:
    rows = told.observations
    return {
        f"{entity} {start:%Y-%m-%d}": value
        for entity, start, value in zip(rows["entity"], rows["start"], rows["value"], strict=True)
    }


def flags(told: ParseResult) -> list[tuple[str, ...]]:
    return list(told.observations["flags"])


def clock(day: date, zone: str) -> list[str]:
    """The ends of the hours of three local days around ``day``, as the wall clock shows them."""
    begins, ends = (
        datetime(one.year, one.month, one.day, tzinfo=ZoneInfo(zone)).timestamp() for one in (day - DAY, day + 2 * DAY)
    )
    return [
        f"{datetime.fromtimestamp(begins + 3600 * n, ZoneInfo(zone)):%Y-%m-%dT%H:%M:%S}"
        for n in range(1, int((ends - begins) / 3600) + 1)
    ]


def test_the_entry_of_midnight_belongs_to_the_day_before() -> None:
    assert values(parsed(count("2026-11-03T00:00:00", 5), count("2026-11-03T01:00:00", 2))) == {
        "North gate 2026-11-02": 5,
        "North gate 2026-11-03": 2,
    }


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [("Europe/London", SHORT, 23), ("Europe/London", LONG, 25), ("America/New_York", date(2026, 11, 1), 25)],
)
@pytest.mark.parametrize("newest_first", [False, True])
def test_a_day_has_as_many_hours_as_its_clock(zone: str, day: date, hours: int, newest_first: bool) -> None:
    rows = [count(ending) for ending in clock(day, zone)]
    told = parsed(*rows[:: -1 if newest_first else 1], window=Window(day - DAY, day + 2 * DAY), zone=zone)
    assert values(told) == {f"North gate {day - DAY}": 24, f"North gate {day}": hours, f"North gate {day + DAY}": 24}


def test_only_the_days_of_the_window_count() -> None:
    told = parsed(
        count("2026-11-02T00:00:00", 9),
        count("2026-11-02T10:00:00", 1),
        count("2026-11-04T00:00:00", 2),
        count("2026-11-04T01:00:00", 9),
    )
    assert values(told) == {"North gate 2026-11-02": 1, "North gate 2026-11-03": 2}
    assert (told.covered, told.replaces) == ((WINDOW,), WINDOW)


def test_doors_inside_are_left_out_unless_they_are_asked_for() -> None:
    rows = count("2026-11-02T10:00:00", 4), count("2026-11-02T10:00:00", 3, Location="Reading room", IsInternal=True)
    assert values(parsed(*rows)) == {"North gate 2026-11-02": 4}
    assert values(parsed(*rows, include_internal=True)) == {"North gate 2026-11-02": 4, "Reading room 2026-11-02": 3}


def test_the_later_of_two_counts_holds() -> None:
    assert values(
        parsed(count("2026-11-02T10:00:00", 4), count("2026-11-02T11:00:00", 1), count("2026-11-02T10:00:00", 6))
    ) == {"North gate 2026-11-02": 7}


@pytest.mark.parametrize(("directions", "said"), [("in", 7.0), ("out", 4.0), ("both_halved", 5.5)])
def test_directions_are_in_out_or_both_halved(directions: str, said: float) -> None:
    told = parsed(count("2026-11-02T10:00:00", 7, 4), directions=directions)
    assert values(told) == {"North gate 2026-11-02": said}
    assert flags(told) == [("halved",) if directions == "both_halved" else ()]


@pytest.mark.parametrize("raw", [None, "closed", [], False])
def test_an_hour_that_cannot_be_read_is_refused_and_its_day_is_incomplete(raw: object) -> None:
    told = parsed(count("2026-11-02T10:00:00", 4), count("2026-11-03T00:00:00", raw), count("2026-11-03T10:00:00", 2))
    assert values(told) == {"North gate 2026-11-02": 4, "North gate 2026-11-03": 2}
    assert flags(told) == [("incomplete",), ()]
    assert told.refused["reason"].tolist() == ["the item of North gate has no count"]


def test_an_open_hour_without_a_count_makes_the_day_incomplete() -> None:
    hours = OpeningHours.model_validate({"entities": {"North gate": {"monday": "09:00-12:00"}}})
    whole = [count(f"2026-11-02T{hour}:00:00") for hour in (10, 11, 12)]
    assert flags(parsed(*whole, hours=hours)) == [()]
    assert flags(parsed(*whole[:2], hours=hours)) == [("incomplete",)]


@pytest.mark.parametrize(
    "row",
    [7, None, {}, count("tomorrow"), count("2026-11-02T10:00:00", Location=None), {"Location": "North gate", "Ins": 4}],
)
def test_an_item_without_place_or_time_is_refused(row: object) -> None:
    told = parsed(row, count("2026-11-02T11:00:00", 4, Location="South gate"))
    assert len(told.refused) == 1
    assert values(told) == {"South gate 2026-11-02": 4}


def test_one_name_in_two_sites_is_not_thrown_together() -> None:
    told = parsed(count("2026-11-02T10:00:00", 4), count("2026-11-02T10:00:00", 9, SiteCode="ANNEX"))
    assert values(told) == {"North gate 2026-11-02": 4}
    assert told.refused["reason"].tolist() == ["the location North gate is in two sites, MAIN and ANNEX"]
    assert "its own source" in told.refused["action"].iloc[0]


@pytest.mark.parametrize("body", [b"{}", b'{"Message": "x"}', b"<html>", b""])
def test_an_answer_of_another_form_is_no_answer(body: bytes) -> None:
    with pytest.raises(ShapeError):
        source().parse([page(body)])


def portal(received: ReceivedRequest) -> Reply:
    if received.path == "/rest/token":
        form = {name: value[-1] for name, value in parse_qs(received.body.decode()).items()}
        known = form == {"grant_type": "password", "username": "library", "password": SECRET}
        return Reply(b'{"access_token": "portal-token-77"}') if known else Reply(b'{"error": "invalid_grant"}', 400)
    if received.headers.get("Authorization") != "Bearer portal-token-77":
        return Reply(b'{"Message": "denied"}', 401)
    return Reply(
        json.dumps(
            [
                count(
                    "2026-11-02T10:00:00",
                    SiteCode=received.query["SiteCode"],
                    Location=received.query["SiteCode"] or "all",
                )
            ]
        ).encode()
    )


@pytest.mark.parametrize("sites", [(), ("MAIN", "ANNEX")])
def test_each_site_is_asked_for_with_the_day_after_for_its_last_hour(sites: tuple[str, ...]) -> None:
    with serve(portal) as site:
        session = quick_session()
        one = source(site.url, sites=sites)
        told = one.parse(list(one.fetch(WINDOW, NOW, session)))
    received = [dict(one.query) for one in site.received[1:]]
    assert [(one["SiteCode"], one["DateFrom"], one["DateTo"]) for one in received] == [
        (code, "2026-11-02", "2026-11-04") for code in sites or ("",)
    ]
    assert len(values(told)) == len(received)
    assert session.redact("portal-token-77") != "portal-token-77"


def test_a_wrong_password_is_named() -> None:
    with serve(portal) as site, pytest.raises(RefusedError, match="does not accept this user and password"):
        list(source(site.url, password="${env:PASSWORD}").fetch(WINDOW, NOW, quick_session()))


@pytest.mark.parametrize("status", [200, 403])
def test_a_call_too_many_is_told_by_words_and_asked_again(status: int) -> None:
    refused = [True]

    def reply(received: ReceivedRequest) -> Reply:
        if received.path.endswith("traffic") and refused.pop():
            refused.append(False)
            return Reply(b'{"Message": "API calls quota exceeded! maximum admitted 1 per Second."}', status)
        return portal(received)

    begun = datetime.now(NOW.tzinfo)
    with serve(reply) as site:
        pages = list(source(site.url).fetch(WINDOW, NOW, quick_session()))
    assert len(pages) == 1
    assert len(site.received) == 3
    assert datetime.now(NOW.tzinfo) - begun >= timedelta(seconds=1)


def test_a_door_inside_does_not_take_the_name_of_a_gate() -> None:
    told = parsed(count("2026-11-02T10:00:00", 3, SiteCode="ANNEX", IsInternal=True), count("2026-11-02T10:00:00", 4))
    assert values(told) == {"North gate 2026-11-02": 4}
    assert told.refused.empty


@pytest.mark.parametrize("ending", ["0001-01-01T00:00:00", "9999-12-31T23:59:59"])
def test_a_time_that_means_none_is_refused(ending: str) -> None:
    told = parsed(count(ending), zone="Pacific/Auckland")
    assert told.observations.empty
    assert told.refused["reason"].tolist() == ["the item of North gate has no readable time"]


def test_a_site_without_any_count_is_told() -> None:
    def notes(query: str) -> tuple[str, ...]:
        return (
            source().parse([page(b"[]", url=f"https://portal.example/rest/api/traffic?{query}", window=WINDOW)]).notes
        )

    assert notes("SiteCode=MIAN&DataSummedByDay=false") == (
        "the portal has no counts of the site 'MIAN' from 2026-11-02 on: check its code under 'sites'",
    )
    assert notes("SiteCode=&DataSummedByDay=false") == ()
