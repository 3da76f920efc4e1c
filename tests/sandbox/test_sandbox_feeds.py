"""RSS 2.0 and Atom against their documents, and conditional requests."""

from calendar import timegm
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from html import unescape
from xml.etree import ElementTree

import feedparser
import pytest
import requests

from sandbox import items
from sandbox.server import Sandbox

FEEDS = ("/news/feed.xml", "/blog/atom.xml")


@pytest.mark.parametrize(
    ("path", "version", "category"), [("/news/feed.xml", "rss20", 4), ("/blog/atom.xml", "atom10", 3)]
)
def test_a_feed_parses_and_holds_the_newest_twenty(sandbox: Sandbox, path: str, version: str, category: int) -> None:
    feed = feedparser.parse(requests.get(sandbox.url + path).content)
    assert (feed.bozo, feed.version, len(feed.entries)) == (False, version, 20)
    newest = [post for post in items.posts(1, sandbox.today) if post.category == category][-20:][::-1]
    assert [unescape(entry.title) for entry in feed.entries] == [post.title for post in newest]
    assert len({entry.id for entry in feed.entries}) == 20
    moments = [datetime.fromtimestamp(timegm(entry.published_parsed), UTC) for entry in feed.entries]
    assert moments == [items.utc(post.published) for post in newest]


def test_rss_has_the_elements_that_a_channel_and_an_item_need(sandbox: Sandbox) -> None:
    channel = ElementTree.fromstring(requests.get(sandbox.url + "/news/feed.xml").content).find("channel")
    assert channel is not None
    assert all(channel.findtext(name) for name in ("title", "link", "description"))
    for item in channel.iter("item"):
        assert item.findtext("title")
        assert parsedate_to_datetime(item.findtext("pubDate") or "").tzinfo


def test_atom_has_the_elements_that_a_feed_and_an_entry_need(sandbox: Sandbox) -> None:
    name = "{http://www.w3.org/2005/Atom}"
    feed = ElementTree.fromstring(requests.get(sandbox.url + "/blog/atom.xml").content)
    for element in (feed, *feed.iter(f"{name}entry")):
        assert all(element.findtext(name + part) for part in ("id", "title", "updated"))
        assert datetime.fromisoformat(element.findtext(f"{name}updated") or "").tzinfo
    assert feed.find(f"{name}author") is not None


@pytest.mark.parametrize("path", [*FEEDS, "/files/visits.csv"])
def test_what_is_known_already_is_answered_with_304_and_no_body(sandbox: Sandbox, path: str) -> None:
    first = requests.get(sandbox.url + path)
    modified = parsedate_to_datetime(first.headers["Last-Modified"])
    for headers in (
        {"if-none-match": first.headers["ETag"]},
        {"If-None-Match": f'"x", W/{first.headers["ETag"]}'},
        {"If-Modified-Since": format_datetime(modified)},
    ):
        again = requests.get(sandbox.url + path, headers=headers)
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    earlier = format_datetime(modified - timedelta(seconds=1))
    for headers in (
        {"If-None-Match": '"x"', "If-Modified-Since": format_datetime(modified)},
        {"If-Modified-Since": earlier},
        {"If-Modified-Since": "soon"},
    ):
        assert requests.get(sandbox.url + path, headers=headers).content == first.content
