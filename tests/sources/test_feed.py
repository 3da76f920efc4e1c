"""Feeds: real ones from public sites, and small ones for what those do not show."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from lxml import etree
from pydantic import ValidationError

from sources.contract import OBSERVATION_COLUMNS, Place
from sources.feed import Feed, FeedSettings
from tests.loopback import NOW, WINDOW, ReceivedRequest, Reply, page, quick_session, serve
from warehouse.errors import RefusedError, ShapeError
from warehouse.schema import Window

NOT_COUNTED = {
    "heraldsun.rss": "no date",
    "incomplete-fields.atom": "no date",
    "missing-fields.atom": "no date",
    "uolNoticias.rss": "is not a readable date",
}
GIVEN_TWICE = {"itunes-missing-image.rss": 1}


def feed(zone: str = "Europe/London", **settings: object) -> Feed:
    given = {"type": "feed", "url": "https://library.example/feed"} | settings
    return Feed("news", FeedSettings.model_validate(given), Place(ZoneInfo(zone)))


def rss(*items: str) -> bytes:
    body = "".join(f"<item>{item}</item>" for item in items)
    channel = f"<channel><title>News</title>{body}</channel>"
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0">{channel}</rss>'.encode()


def dated(number: int, day: str, more: str = "") -> str:
    return f"<title>No {number}</title><guid>n{number}</guid><pubDate>{day} 12:00:00 GMT</pubDate>{more}"


def published(number: int, text: str) -> str:
    return f"<title>No {number}</title><guid>n{number}</guid><pubDate>{text}</pubDate>"


def entries(body: bytes) -> int:
    """Items counted by another parser than the one under test."""
    root = etree.fromstring(body.strip(), etree.XMLParser(recover=True, resolve_entities=False))
    return sum(
        1
        for element in root.iter()
        if isinstance(element.tag, str) and etree.QName(element).localname in {"item", "entry"}
    )


def test_every_item_of_the_real_feeds_is_counted_or_refused(shared_data: Callable[[str], Path]) -> None:
    files = [
        path
        for path in sorted(shared_data("rss-atom-real-feeds").iterdir())
        if path.suffix in {".rss", ".atom"} and path.name != "unrecognized.rss"
    ]
    assert len(files) == 30
    for path in files:
        body = path.read_bytes()
        parsed = feed().parse([page(body)])
        there = entries(body) - GIVEN_TWICE.get(path.name, 0)
        counted, refused = (0, there) if path.name in NOT_COUNTED else (there, 0)
        assert (len(parsed.observations), len(parsed.refused)) == (counted, refused), path.name
        assert parsed.refused["reason"].str.contains(NOT_COUNTED.get(path.name, "")).all()
        assert parsed.observations["entity"].is_unique
        assert (parsed.observations["value"] == 1).all()


def test_the_longest_real_feed_has_730_episodes(shared_data: Callable[[str], Path]) -> None:
    parsed = feed().parse([page((shared_data("rss-atom-real-feeds") / "giantbomb-podcast.rss").read_bytes())])
    assert len(parsed.observations) == 730
    assert (parsed.observations["start"].min().date(), parsed.observations["start"].max().date()) == (
        date(2008, 2, 18),
        date(2019, 10, 1),
    )


def test_a_real_page_in_place_of_a_feed_is_named(shared_data: Callable[[str], Path]) -> None:
    with pytest.raises(ShapeError, match="not a feed but a web page"):
        feed().parse([page((shared_data("rss-atom-real-feeds") / "unrecognized.rss").read_bytes())])


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "an empty answer"),
        (b'{"items": []}', "JSON"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "a web page"),
        (b"<?xml version='1.0'?><OAI-PMH/>", "an XML document of another kind"),
        (b"/etc/hostname", "text or data of another kind"),
        (b"https://library.example/feed", "text or data of another kind"),
    ],
)
def test_what_is_no_feed_is_refused_by_its_nature(body: bytes, says: str) -> None:
    with pytest.raises(ShapeError, match=says):
        feed().parse([page(body)])


def test_a_feed_that_breaks_off_is_no_feed() -> None:
    body = rss(dated(1, "Mon, 02 Nov 2026"), dated(2, "Tue, 03 Nov 2026"))
    for cut in range(len(body) - len("</rss>"), 80, -7):
        with pytest.raises(ShapeError):
            feed().parse([page(body[:cut])])


def test_an_item_is_one_observation_on_its_local_day() -> None:
    late = "<guid>x</guid><link>https://library.example/x</link><pubDate>Sun, 01 Nov 2026 23:30:00 -0500</pubDate>"
    parsed = feed("Asia/Tokyo", kind="news").parse([page(rss(late))])
    assert parsed.observations.columns.tolist() == OBSERVATION_COLUMNS
    row = parsed.observations.iloc[0]
    assert (row["metric"], row["entity"], row["start"].date(), row["end"].date()) == (
        "news",
        "x",
        date(2026, 11, 2),
        date(2026, 11, 3),
    )
    assert row["origin"] == "https://library.example/feed item 1"
    assert parsed.replaces is None


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("Mon, 05 Oct 2026", date(2026, 10, 5), date(2026, 10, 6)),
        ("2026-10-05", date(2026, 10, 5), date(2026, 10, 6)),
        ("2026-10", date(2026, 10, 1), date(2026, 11, 1)),
        ("2025", date(2025, 1, 1), date(2026, 1, 1)),
    ],
)
def test_a_date_without_a_time_keeps_its_day_west_of_greenwich(text: str, start: date, end: date) -> None:
    atom = f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>a</id><published>{text}</published></entry></feed>'.encode()
    row = feed("America/Los_Angeles").parse([page(atom)]).observations.iloc[0]
    assert (row["start"].date(), row["end"].date()) == (start, end)


def test_a_date_without_zone_is_utc_and_noted() -> None:
    for text in ("Mon, 02 Nov 2026 12:00:00", "2026-11-02T12:00:00", "2026-11-02 12:00"):
        parsed = feed("America/Los_Angeles").parse([page(rss(f"<guid>a</guid><pubDate>{text}</pubDate>"))])
        assert parsed.observations["start"].dt.date.tolist() == [date(2026, 11, 2)], text
        assert "read as UTC" in parsed.notes[0]
    assert feed().parse([page(rss(dated(1, "Mon, 02 Nov 2026")))]).notes == ()


def test_a_date_of_change_alone_is_used_and_noted() -> None:
    atom = b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>a</id><updated>2026-11-02T10:00:00Z</updated></entry></feed>'
    parsed = feed().parse([page(atom)])
    assert len(parsed.observations) == 1
    assert "last change" in parsed.notes[0]


def test_an_undated_item_is_listed_with_what_to_do() -> None:
    parsed = feed().parse(
        [
            page(
                rss(
                    "<title>A</title><guid>a</guid>",
                    "<title>B</title><guid>b</guid><pubDate>31 Brumaire</pubDate>",
                    dated(3, "Mon, 02 Nov 2026"),
                )
            )
        ]
    )
    assert parsed.refused[["entity", "raw_value", "reason"]].to_numpy().tolist() == [
        ["a", "A", "the item has no date"],
        ["b", "31 Brumaire", "'31 Brumaire' is not a readable date"],
    ]
    assert ["pubDate" in parsed.refused["action"][0], "'date_formats'" in parsed.refused["action"][1]] == [True, True]
    assert len(parsed.observations) == 1


def test_a_category_decides_the_kind() -> None:
    source = feed(category_kinds={"Guides": "guides", "events": "events"})
    body = rss(
        dated(1, "Mon, 02 Nov 2026", "<category>Events</category><category>guides</category>"),
        dated(2, "Mon, 02 Nov 2026", "<category>Other</category>"),
    )
    assert source.parse([page(body)]).observations.set_index("entity")["metric"].to_dict() == {
        "n1": "guides",
        "n2": "posts",
    }
    assert [metric.name for metric in source.metrics()] == ["posts", "guides", "events"]


def test_the_day_of_the_oldest_item_is_not_covered() -> None:
    parsed = feed().parse([page(rss(dated(2, "Tue, 10 Nov 2026"), dated(1, "Mon, 02 Nov 2026")))])
    assert parsed.covered == (Window(date(2026, 11, 3), WINDOW.end),)


def test_a_pinned_old_item_does_not_stretch_what_is_covered() -> None:
    pinned = rss(dated(0, "Thu, 01 Jan 2015"), dated(3, "Tue, 10 Nov 2026"), dated(2, "Mon, 09 Nov 2026"))
    parsed = feed().parse([page(pinned)])
    assert len(parsed.observations) == 3
    assert parsed.covered == (Window(date(2026, 11, 10), WINDOW.end),)


def test_a_feed_without_items_covers_its_window() -> None:
    parsed = feed().parse([page(rss())])
    assert (parsed.observations.empty, parsed.covered) == (True, (WINDOW,))


def test_a_feed_of_refused_items_covers_nothing() -> None:
    assert feed().parse([page(rss("<title>A</title>"))]).covered == ()


def test_a_feed_that_has_not_changed_covers_its_window_and_says_nothing_new() -> None:
    def reply(received: ReceivedRequest) -> Reply:
        if received.headers.get("If-None-Match") == '"v1"':
            return Reply(status=304, headers={"ETag": '"v1"'}, promised=-1)
        return Reply(
            rss(dated(1, "Mon, 02 Nov 2026")),
            headers={"ETag": '"v1"', "Last-Modified": "Mon, 02 Nov 2026 12:00:00 GMT"},
        )

    with serve(reply) as site:
        source = feed(url=f"{site.url}/feed")
        (first,) = source.fetch(WINDOW, NOW, quick_session())
        (second,) = source.fetch(WINDOW, NOW, quick_session(validators={first.url: (first.etag, first.last_modified)}))
    assert (first.etag, first.last_modified, first.status) == ('"v1"', "Mon, 02 Nov 2026 12:00:00 GMT", 200)
    assert (second.status, second.body, second.etag) == (304, b"", '"v1"')
    parsed = source.parse([second])
    assert (parsed.observations.empty, parsed.covered, parsed.replaces) == (True, (WINDOW,), None)


def test_a_feed_that_moved_for_good_is_read_and_noted() -> None:
    with serve(
        lambda received: (
            Reply(rss(dated(1, "Mon, 02 Nov 2026")))
            if received.path == "/new"
            else Reply(status=301, headers={"Location": "/new"})
        )
    ) as site:
        source = feed(url=f"{site.url}/old")
        pages = list(source.fetch(WINDOW, NOW, quick_session()))
    parsed = source.parse(pages[::-1])
    assert len(parsed.observations) == 1
    assert parsed.notes == (
        f"{site.url}/old has moved permanently to {site.url}/new: put the new address into the plan",
    )


def test_a_feed_that_is_gone_says_so() -> None:
    with serve(lambda received: Reply(status=410)) as site, pytest.raises(RefusedError, match="gone for good"):
        list(feed(url=site.url).fetch(WINDOW, NOW, quick_session()))


def test_external_entities_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("TOPSECRET", encoding="utf-8")
    bomb = (
        b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file://' + str(tmp_path / "secret").encode() + b'">]>'
    )
    body = (
        bomb
        + b"<rss version='2.0'><channel><item><title>&x;</title><guid>&x;1</guid>"
        + b"<pubDate>Mon, 02 Nov 2026 12:00:00 GMT</pubDate></item></channel></rss>"
    )
    parsed = feed().parse([page(body)])
    assert "TOPSECRET" not in parsed.observations.to_csv() + parsed.refused.to_csv()


def test_the_plan_says_no_more_than_a_feed_knows() -> None:
    for wrong in (
        {"url": "https://x", "kinds": "a"},
        {},
        {"url": "https://x", "auth": {"type": "bearer", "token": "abc"}},
    ):
        with pytest.raises(ValidationError):
            FeedSettings.model_validate({"type": "feed"} | wrong)


def test_a_date_that_no_standard_reads_is_refused_with_its_text_and_never_completed() -> None:
    texts = ["2026/6/15", "2026.06.15", "2026-W25", "15-06-2025", "06/15/2025", "15 Jun 2026 22:30 IST"]
    parsed = feed().parse([page(rss(*(published(n, text) for n, text in enumerate(texts))))])
    assert parsed.observations.empty
    assert parsed.refused["raw_value"].tolist() == texts


def test_a_declared_format_reads_what_the_standards_do_not() -> None:
    parsed = feed(date_formats=["%d-%m-%Y", "%Y/%m/%d"]).parse(
        [page(rss(published(1, "15-06-2025"), published(2, "2025/6/15")))]
    )
    assert parsed.observations["start"].dt.date.tolist() == [date(2025, 6, 15)] * 2


def test_a_declared_zone_reads_times_without_one() -> None:
    body = page(rss(published(1, "Mon, 15 Jun 2026 22:30:00")))
    declared = feed("Europe/Berlin", date_zone="Europe/Berlin").parse([body])
    assert (declared.observations["start"].dt.date.tolist(), declared.notes) == ([date(2026, 6, 15)], ())
    assert feed("Europe/Berlin").parse([body]).observations["start"].dt.date.tolist() == [date(2026, 6, 16)]
