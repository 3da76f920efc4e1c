"""Addresses: a feed, a site, a repository, a list in JSON and a table, each by a request or two."""

import json
from collections.abc import Mapping

from sources.inspection.inspect_address import AddressInspector
from sources.inspection.inspection import Inspection
from tests.loopback import ReceivedRequest, Reply, quick_session, serve
from tests.sources.inspected import LONDON, NOW, asked

FEED = (
    '<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>'
    "<item><title>A</title><guid>a</guid><pubDate>Mon, 15 Jun 2026 09:00:00 +0100</pubDate></item>"
    "<item><title>B</title><guid>b</guid><pubDate>Tue, 16 Jun 2026 09:00:00 +0100</pubDate></item></channel></rss>"
)
IDENTIFY = (
    '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><Identify><repositoryName>Rep</repositoryName>'
    "<earliestDatestamp>2011-01-01</earliestDatestamp></Identify></OAI-PMH>"
)
FEED_LINK = (
    '<!doctype html><html><head><link rel="alternate" type="application/rss+xml" href="/feed.xml"></head></html>'
)
API_LINK = '<!doctype html><html><head><link rel="https://api.w.org/" href="/wp-json/"></head></html>'
MONTHS = "Month,Visits\n2026-01,5\n2026-02,6\n"
SHEET = "https://docs.google.com/spreadsheets/d/1AbcDEFghIJklmNOPqrsTUvwxYZ"


def look_at(path: str, site_pages: Mapping[str, str], **answers: str) -> tuple[Inspection, str]:
    """The inspection of a path of a site with these pages, or of a whole address; and the address of the site."""

    def reply(request: ReceivedRequest) -> Reply:
        if request.path not in site_pages:
            return Reply(b"no", 401)
        return Reply(site_pages[request.path].encode(), headers={"X-WP-Total": "17"})

    with serve(reply) as site:
        given = {name: value.replace("{url}", site.url) for name, value in answers.items()}
        inspector = AddressInspector(quick_session(), given, LONDON, NOW, sheets=site.url)
        return inspector.inspect(path if path.startswith("https:") else f"{site.url}{path}"), site.url


def test_a_feed_counts_its_items() -> None:
    found, url = look_at("/feed.xml", {"/feed.xml": FEED})
    assert (found.state, found.settings) == ("ready", {"type": "feed", "url": f"{url}/feed.xml"})
    assert found.reconciliation is not None
    assert found.reconciliation.metrics[0].read_total == 2


def test_a_page_that_names_a_feed_asks_for_it() -> None:
    pages = {"/": FEED_LINK, "/feed.xml": FEED}
    assert asked(look_at("/", pages)[0]) == ["feed"]


def test_a_wordpress_site_is_known_by_its_interface() -> None:
    found, _ = look_at("/", {"/": API_LINK, "/wp-json/wp/v2/posts": "[]"})
    assert (found.state, found.settings["type"]) == ("ready", "wordpress")
    assert any(guess.meaning == "17" for guess in found.guesses)


def test_a_repository_identifies_itself() -> None:
    found, url = look_at("/oai?verb=Identify", {"/oai": IDENTIFY})
    assert (found.state, found.settings) == ("ready", {"type": "oai_pmh", "url": f"{url}/oai"})


def test_a_list_in_json_asks_what_counts_and_for_its_pages() -> None:
    records = [{"id": 1, "day": "2026-01-01", "people": 5}, {"id": 2, "day": "2026-01-02", "people": 7}]
    pages = {"/api/bookings": json.dumps({"data": {"items": records}})}
    assert asked(look_at("/api/bookings?room=1", pages)[0]) == ["value", "pages"]
    found, _ = look_at("/api/bookings?room=1", pages, value="people", pages="all")
    assert found.state == "ready"
    assert found.settings["endpoint"] == {
        "path": "api/bookings",
        "data_selector": "data.items",
        "params": {"room": "1"},
    }
    more, _ = look_at("/api/bookings?room=1", pages, value="people", pages="more")
    assert "divides its records into pages" in more.problem


def test_a_table_at_an_address_is_read_from_there() -> None:
    found, url = look_at("/visits.csv", {"/visits.csv": MONTHS})
    assert (found.state, found.settings["path"]) == ("ready", f"{url}/visits.csv")


def test_an_open_sheet_is_read_as_a_table_and_another_names_the_remedy() -> None:
    export = "/spreadsheets/d/1AbcDEFghIJklmNOPqrsTUvwxYZ/export"
    found, url = look_at(f"{SHEET}/edit#gid=7", {export: MONTHS})
    assert (found.state, found.settings["path"]) == ("ready", f"{url}{export}?format=csv&gid=7")
    assert "share it" in look_at(f"{SHEET}/edit", {})[0].problem
