"""Addresses: a feed, a site, a repository, a list in JSON and a table, each by a request or two."""

import json
from collections.abc import Iterator, Mapping

import pytest
import responses

from sources.inspection.inspect_address import AddressInspector
from sources.inspection.inspection import Inspection
from sources.web.session import Session
from tests.sources.inspected import LONDON, NOW, asked

SITE = "https://library.example"
FEED = (
    '<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>'
    "<item><title>A</title><guid>a</guid><pubDate>Mon, 15 Jun 2026 09:00:00 +0100</pubDate></item>"
    "<item><title>B</title><guid>b</guid><pubDate>Tue, 16 Jun 2026 09:00:00 +0100</pubDate></item></channel></rss>"
)
IDENTIFY = (
    '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><Identify><repositoryName>Rep</repositoryName>'
    "<earliestDatestamp>2011-01-01</earliestDatestamp></Identify></OAI-PMH>"
)


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def look_at(url: str, answers: Mapping[str, str] | None = None) -> Inspection:
    return AddressInspector(Session(lambda reference: reference), answers or {}, LONDON, NOW).inspect(url)


def test_a_feed_counts_its_items(web: responses.RequestsMock) -> None:
    web.get(f"{SITE}/feed.xml", body=FEED)
    found = look_at(f"{SITE}/feed.xml")
    assert (found.state, found.settings) == ("ready", {"type": "feed", "url": f"{SITE}/feed.xml"})
    assert found.reconciliation is not None
    assert found.reconciliation.metrics[0].read_total == 2


def test_a_page_that_names_a_feed_asks_for_it(web: responses.RequestsMock) -> None:
    link = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
    web.get(f"{SITE}/", body=f"<!doctype html><html><head>{link}</head></html>")
    web.get(f"{SITE}/feed.xml", body=FEED)
    assert asked(look_at(f"{SITE}/")) == ["feed"]
    assert look_at(f"{SITE}/", {"feed": f"{SITE}/feed.xml"}).settings["type"] == "feed"


def test_a_wordpress_site_is_known_by_its_interface(web: responses.RequestsMock) -> None:
    link = f'<link rel="https://api.w.org/" href="{SITE}/wp-json/">'
    web.get(f"{SITE}/", body=f"<!doctype html><html><head>{link}</head></html>")
    web.get(f"{SITE}/wp-json/wp/v2/posts", body="[]", headers={"X-WP-Total": "17"})
    found = look_at(f"{SITE}/")
    assert (found.state, found.settings["type"]) == ("ready", "wordpress")
    assert any(guess.meaning == "17" for guess in found.guesses)


def test_a_repository_identifies_itself(web: responses.RequestsMock) -> None:
    web.get(f"{SITE}/oai", body=IDENTIFY)
    found = look_at(f"{SITE}/oai?verb=Identify")
    assert (found.state, found.settings) == ("ready", {"type": "oai_pmh", "url": f"{SITE}/oai"})


def test_a_list_in_json_asks_what_counts_and_for_its_pages(web: responses.RequestsMock) -> None:
    records = [{"id": 1, "day": "2026-01-01", "people": 5}, {"id": 2, "day": "2026-01-02", "people": 7}]
    web.get(f"{SITE}/api/bookings?room=1", body=json.dumps({"data": {"items": records}}))
    assert asked(look_at(f"{SITE}/api/bookings?room=1")) == ["value", "pages"]
    found = look_at(f"{SITE}/api/bookings?room=1", {"value": "people", "pages": "all"})
    assert found.state == "ready"
    assert found.settings["endpoint"] == {
        "path": "api/bookings",
        "data_selector": "data.items",
        "params": {"room": "1"},
    }
    more = look_at(f"{SITE}/api/bookings?room=1", {"value": "people", "pages": "more"})
    assert "divides its records into pages" in more.problem


def test_a_table_at_an_address_is_read_from_there(web: responses.RequestsMock) -> None:
    web.get(f"{SITE}/visits.csv", body="Month,Visits\n2026-01,5\n2026-02,6\n")
    found = look_at(f"{SITE}/visits.csv")
    assert (found.state, found.settings["path"]) == ("ready", f"{SITE}/visits.csv")


def test_an_open_sheet_is_read_as_a_table_and_another_names_the_remedy(web: responses.RequestsMock) -> None:
    sheet = "https://docs.google.com/spreadsheets/d/1AbcDEFghIJklmNOPqrsTUvwxYZ"
    web.get(f"{sheet}/export?format=csv&gid=7", body="Month,Visits\n2026-01,5\n2026-02,6\n")
    assert look_at(f"{sheet}/edit#gid=7").settings["path"] == f"{sheet}/export?format=csv&gid=7"
    web.get(f"{sheet}/export?format=csv&gid=0", status=401)
    assert "share it" in look_at(f"{sheet}/edit").problem
