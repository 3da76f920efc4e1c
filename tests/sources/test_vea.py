"""SenSource Vea: hours of UTC to local days, tokens that die, and counts that cannot be read."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sources.contract import ParseResult, Place
from sources.opening_hours import OpeningHours
from sources.vea import Vea
from tests.loopback import NOW, ReceivedRequest, Reply, page, quick_session, serve
from warehouse.errors import RefusedError, ShapeError
from warehouse.schema import DAY, Window

LONG, SHORT = date(2026, 10, 25), date(2026, 3, 29)
MONDAY = date(2026, 11, 2)
SECRET = "s3cr3t/token+value"


def source(
    url: str = "https://vea.example", zone: str = "Europe/London", hours: OpeningHours | None = None, **told: Any
) -> Vea:
    settings = {
        "type": "vea",
        "client_id": "riverside",
        "client_secret": "${env:TOKEN}",
        "url": url,
        "auth_url": f"{url}/oauth/token",
    } | told
    return Vea("gates", Vea.Settings.model_validate(settings), Place(ZoneInfo(zone), hours))


def hour(moment: datetime | str, ins: object = 1, outs: object = 0, **more: object) -> dict[str, object]:
    text = moment if isinstance(moment, str) else f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"
    return {"recordDate_hour_1": text, "name": "Central", "sumins": ins, "sumouts": outs} | more


def at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour)


def parsed(*rows: object, window: Window, **told: Any) -> ParseResult:
    return source(**told).parse([page(json.dumps({"results": rows}).encode(), window=window)])


def values(told: ParseResult) -> dict[str, float]:
    rows = told.observations
    return {
        f"{entity} {start:%Y-%m-%d}": value
        for entity, start, value in zip(rows["entity"], rows["start"], rows["value"], strict=True)
    }


def flags(told: ParseResult) -> list[tuple[str, ...]]:
    return list(told.observations["flags"])


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [("Europe/London", SHORT, 23), ("Europe/London", LONG, 25), ("America/New_York", date(2026, 11, 1), 25)],
)
def test_a_day_has_as_many_hours_as_its_clock(zone: str, day: date, hours: int) -> None:
    rows = [hour(at(day - 2 * DAY, n)) for n in range(24 * 5)]
    told = parsed(*rows, window=Window(day - DAY, day + 2 * DAY), zone=zone)
    assert values(told) == {f"Central {day - DAY}": 24, f"Central {day}": hours, f"Central {day + DAY}": 24}


@pytest.mark.parametrize(
    ("zone", "first", "last"),
    [("Pacific/Auckland", MONDAY - DAY, MONDAY), ("America/Los_Angeles", MONDAY, MONDAY + DAY)],
)
def test_a_day_far_from_greenwich_is_whole_since_a_day_more_is_asked_for_on_both_sides(
    zone: str, first: date, last: date
) -> None:
    def reply(received: ReceivedRequest) -> Reply:
        if received.method == "POST":
            return Reply(b'{"access_token": "vea-token-1234"}')
        start, end = (date.fromisoformat(received.query[name]) for name in ("startDate", "endDate"))
        moments = [at(start, n) for n in range(24 * ((end - start).days + 1))]
        return Reply(json.dumps({"results": [hour(moment) for moment in moments]}).encode())

    window = Window(MONDAY, MONDAY + DAY)
    with serve(reply) as site:
        one = source(site.url, zone)
        told = one.parse(list(one.fetch(window, NOW, quick_session())))
    assert values(told) == {f"Central {MONDAY}": 24}
    assert (told.covered, told.replaces) == ((window,), window)
    received = site.received[-1].query
    assert received["startDate"] <= str(first) <= str(last) <= received["endDate"]


def test_an_instant_without_a_zone_is_utc_and_one_with_is_taken_at_its_word() -> None:
    rows = [hour("2026-11-02T23:00:00"), hour("2026-11-02T23:00:00-05:00", 2)]
    assert values(parsed(*rows, window=Window(MONDAY, MONDAY + 2 * DAY), zone="Europe/Berlin")) == {
        "Central 2026-11-03": 3
    }


def test_the_later_of_two_counts_holds() -> None:
    rows = [hour(at(MONDAY, 9), 4), hour(at(MONDAY, 10), 1), hour(at(MONDAY, 9), 6)]
    assert values(parsed(*rows, window=Window(MONDAY, MONDAY + DAY))) == {"Central 2026-11-02": 7}


def test_directions_are_in_out_or_both_halved() -> None:
    window, row = Window(MONDAY, MONDAY + DAY), hour(at(MONDAY, 9), 7, 4)
    for directions, count in (("in", 7), ("out", 4), ("both_halved", 5.5)):
        told = parsed(row, window=window, directions=directions)
        assert values(told) == {"Central 2026-11-02": count}
        assert flags(told) == [("halved",) if directions == "both_halved" else ()]


@pytest.mark.parametrize("raw", [None, "many", [], True])
def test_an_hour_that_cannot_be_read_is_refused_and_its_day_is_incomplete(raw: object) -> None:
    rows = [hour(at(MONDAY, 9), 4), hour(at(MONDAY, 10), raw), hour(at(MONDAY + DAY, 9), 5)]
    told = parsed(*rows, window=Window(MONDAY, MONDAY + 2 * DAY))
    assert values(told) == {"Central 2026-11-02": 4, "Central 2026-11-03": 5}
    assert flags(told) == [("incomplete",), ()]
    assert told.refused["reason"].tolist() == ["the record of 2026-11-02 10:00 has no count"]


def test_an_open_hour_without_a_count_makes_the_day_incomplete() -> None:
    hours = OpeningHours.model_validate({"default": {"monday": "09:00-12:00"}})
    window = Window(MONDAY, MONDAY + DAY)
    assert flags(parsed(*(hour(at(MONDAY, n)) for n in (9, 10, 11)), window=window, hours=hours)) == [()]
    assert flags(parsed(*(hour(at(MONDAY, n)) for n in (9, 11)), window=window, hours=hours)) == [("incomplete",)]


@pytest.mark.parametrize(
    "row", [7, None, {}, hour("soon"), hour(at(MONDAY, 9), name=""), {"name": "Central", "sumins": 4}]
)
def test_a_record_without_time_or_name_is_refused(row: object) -> None:
    told = parsed(row, hour(at(MONDAY, 9), 4), window=Window(MONDAY, MONDAY + DAY))
    assert values(told) == {"Central 2026-11-02": 4}
    assert len(told.refused) == 1


def test_a_day_without_records_is_missing_and_no_zero() -> None:
    told = parsed(window=Window(MONDAY, MONDAY + DAY))
    assert told.observations.empty
    assert told.covered == (Window(MONDAY, MONDAY + DAY),)


@pytest.mark.parametrize("body", [b"[]", b'{"results": {}}', b"<html>", b'{"message": "x"}', b""])
def test_an_answer_of_another_form_is_no_answer(body: bytes) -> None:
    with pytest.raises(ShapeError):
        source().parse([page(body)])


def tokens(good: Callable[[int], bool]) -> Callable[[ReceivedRequest], Reply]:
    """A service that numbers its tokens and takes the ones that are ``good``."""
    given = [0]

    def reply(received: ReceivedRequest) -> Reply:
        if received.method == "POST":
            known = json.loads(received.body) == {
                "grant_type": "client_credentials",
                "client_id": "riverside",
                "client_secret": SECRET,
            }
            given[0] += 1
            return (
                Reply(json.dumps({"access_token": f"vea-token-{given[0]:04}"}).encode()) if known else Reply(b"{}", 401)
            )
        number = int(received.headers["Authorization"].removeprefix("Bearer vea-token-"))
        return (
            Reply(json.dumps({"results": [hour(at(MONDAY, 9), 4)]}).encode())
            if good(number)
            else Reply(b'{"message": "Unauthorized"}', 401)
        )

    return reply


def test_a_token_that_another_program_killed_is_renewed_once() -> None:
    with serve(tokens(lambda number: number > 1)) as site:
        session = quick_session()
        pages = list(source(site.url).fetch(Window(MONDAY, MONDAY + DAY), NOW, session))
    assert [received.method for received in site.received] == ["POST", "GET", "POST", "GET"]
    assert len(pages) == 1
    assert "vea-token" not in session.redact("vea-token-0001 vea-token-0002")


def test_a_token_that_dies_again_is_named_with_its_likely_cause() -> None:
    with (
        serve(tokens(lambda _: False)) as site,
        pytest.raises(RefusedError, match="another program that uses the same client invalidates its token"),
    ):
        list(source(site.url).fetch(Window(MONDAY, MONDAY + DAY), NOW, quick_session()))
    assert [received.method for received in site.received] == ["POST", "GET", "POST", "GET"]


def test_a_client_that_is_not_known_is_named() -> None:
    with (
        serve(tokens(lambda _: True)) as site,
        pytest.raises(RefusedError, match="no access token for this client id and secret"),
    ):
        list(
            source(site.url, client_secret="${env:PASSWORD}").fetch(Window(MONDAY, MONDAY + DAY), NOW, quick_session())
        )


def test_the_question_says_whose_counts_and_whether_closed_hours_count() -> None:
    with serve(tokens(lambda _: True)) as site:
        list(
            source(site.url, entity="sensor", exclude_closed_hours=False).fetch(
                Window(MONDAY, MONDAY + DAY), NOW, quick_session()
            )
        )
    received = dict(site.received[-1].query)
    assert (
        received["entityType"],
        received["excludeClosedHours"],
        received["dateGroupings"],
        received["relativeDate"],
    ) == (
        "sensor",
        "false",
        "hour",
        "custom",
    )


def test_two_zones_of_one_name_are_not_thrown_together() -> None:
    rows = [
        hour(at(MONDAY, 9), 4, zoneId="z1"),
        hour(at(MONDAY, 9), 9, zoneId="z2"),
        hour(at(MONDAY, 10), 1, zoneId="z1"),
    ]
    told = parsed(*rows, window=Window(MONDAY, MONDAY + DAY))
    assert values(told) == {"Central 2026-11-02": 5}
    assert told.refused["reason"].tolist() == ["two zones have the name Central: z1 and z2"]
    assert told.refused["action"].tolist() == ["give each its own name in Vea"]


def test_a_record_without_a_name_goes_by_its_id() -> None:
    assert values(parsed(hour(at(MONDAY, 9), 4, name=None, sensorId="s-7"), window=Window(MONDAY, MONDAY + DAY))) == {
        "s-7 2026-11-02": 4
    }


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"])
def test_a_time_that_means_none_is_refused(text: str) -> None:
    told = parsed(hour(text), window=Window(MONDAY, MONDAY + DAY), zone="Pacific/Auckland")
    assert told.observations.empty
    assert told.refused["reason"].tolist() == ["the record has no time or no name"]


@pytest.mark.parametrize(
    ("messages", "notes"), [([], ()), (["slow today"], ('Vea says: "slow today"',)), ("slow", ('Vea says: "slow"',))]
)
def test_what_the_service_says_beside_its_counts_is_told(messages: object, notes: tuple[str, ...]) -> None:
    body = json.dumps({"messages": messages, "results": [hour(at(MONDAY, 9))]}).encode()
    assert source().parse([page(body, window=Window(MONDAY, MONDAY + DAY))]).notes == notes
