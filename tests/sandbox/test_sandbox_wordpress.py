"""Posts and pages against the REST API handbook: https://developer.wordpress.org/rest-api/"""

from datetime import datetime
from typing import Any

import pytest
import requests

from sandbox import items
from sandbox.days import ZONE
from sandbox.server import Sandbox


def fetch(sandbox: Sandbox, route: str = "posts", **query: Any) -> requests.Response:
    return requests.get(f"{sandbox.url}/wp-json/wp/v2/{route}", params=query)


def test_pages_deliver_every_post_once(sandbox: Sandbox) -> None:
    found, page = [], 1
    while (response := fetch(sandbox, per_page=100, page=page, order="asc")).status_code == 200:
        found += response.json()
        page += 1
    expected = items.posts(1, sandbox.today)
    assert [post["id"] for post in found] == [post.id for post in expected]
    assert page - 1 == -(-len(expected) // 100) > 2
    assert (response.status_code, response.json()["code"]) == (400, "rest_post_invalid_page_number")
    assert response.json()["data"] == {"status": 400}


def test_totals_and_links_tell_where_the_other_pages_are(sandbox: Sandbox) -> None:
    total = len(items.posts(1, sandbox.today))
    first, second = (fetch(sandbox, per_page=50, page=page) for page in (1, 2))
    assert (first.headers["X-WP-Total"], first.headers["X-WP-TotalPages"]) == (str(total), str(-(-total // 50)))
    assert set(first.links) == {"next"}
    assert set(second.links) == {"prev", "next"}
    assert requests.get(first.links["next"]["url"]).json() == second.json()


def test_newest_first_and_ten_by_default(sandbox: Sandbox) -> None:
    found = fetch(sandbox).json()
    assert [post["id"] for post in found] == [post.id for post in items.posts(1, sandbox.today)[-10:][::-1]]


def test_a_post_has_local_and_utc_times_without_offset(sandbox: Sandbox) -> None:
    for post in fetch(sandbox, per_page=100, after="2026-01-01T00:00:00").json():
        local, gmt = datetime.fromisoformat(post["date"]), datetime.fromisoformat(post["date_gmt"])
        assert local.replace(tzinfo=ZONE).utcoffset() == local - gmt
        assert {"title", "link", "modified_gmt", "status", "type", "categories", "_links"} <= set(post)
        assert post["status"] == "publish"


def test_bounds_are_site_local_and_leave_out_their_own_instant(sandbox: Sandbox) -> None:
    edge = next(
        post for post in items.posts(1, sandbox.today) if post.published.month == 7 and post.published.year == 2026
    )
    moment = edge.published.isoformat()
    found = {
        post["id"]
        for post in fetch(sandbox, after="2026-07-01T00:00:00", before="2026-07-31T23:59:59", per_page=100).json()
    }
    assert found == {p.id for p in items.posts(1, sandbox.today) if p.published.year == 2026 and p.published.month == 7}
    assert edge.id not in {post["id"] for post in fetch(sandbox, after=moment, per_page=100).json()}
    as_utc = items.utc(edge.published).isoformat().replace("+00:00", "Z")
    assert fetch(sandbox, after=as_utc, per_page=100).json() == fetch(sandbox, after=moment, per_page=100).json()


def test_modified_bounds_find_what_was_published_earlier(sandbox: Sandbox) -> None:
    found = fetch(
        sandbox, modified_after="2026-01-01T00:00:00", modified_before="2026-07-01T00:00:00", per_page=100
    ).json()
    expected = {
        p.id
        for p in items.posts(1, sandbox.today)
        if "2026-01-01T00:00:00" < p.modified.isoformat() < "2026-07-01T00:00:00"
    }
    assert {post["id"] for post in found} == expected
    assert any(post["modified"] > post["date"] for post in found)


@pytest.mark.parametrize(
    ("query", "name", "code"),
    [
        ({"per_page": 101}, "per_page", "rest_out_of_bounds"),
        ({"per_page": 0}, "per_page", "rest_out_of_bounds"),
        ({"page": "two"}, "page", "rest_invalid_type"),
        ({"after": "2026-01-01"}, "after", "rest_invalid_date"),
        ({"modified_after": "2026-02-30T00:00:00"}, "modified_after", "rest_invalid_date"),
        ({"order": "up"}, "order", "rest_not_in_enum"),
        ({"orderby": "luck"}, "orderby", "rest_not_in_enum"),
        ({"status": "draft"}, "status", "rest_forbidden_status"),
        ({"status": "publish,future"}, "status", "rest_forbidden_status"),
        ({"offset": 10}, "offset", "sandbox_not_simulated"),
    ],
)
def test_a_wrong_parameter_is_named(sandbox: Sandbox, query: dict[str, Any], name: str, code: str) -> None:
    response = fetch(sandbox, **query)
    body = response.json()
    assert (response.status_code, body["code"], body["data"]["status"]) == (400, "rest_invalid_param", 400)
    assert list(body["data"]["params"]) == [name]
    assert body["data"]["details"][name]["code"] == code


def test_fields_cut_the_answer_down(sandbox: Sandbox) -> None:
    [post] = fetch(sandbox, per_page=1, _fields="id,title.rendered,date_gmt").json()
    assert set(post) == {"id", "title", "date_gmt"}
    assert set(post["title"]) == {"rendered"}


def test_nothing_found_is_an_empty_list_on_any_page(sandbox: Sandbox) -> None:
    response = fetch(sandbox, after="2031-01-01T00:00:00", page=3)
    assert (
        response.status_code,
        response.json(),
        response.headers["X-WP-Total"],
        response.headers["X-WP-TotalPages"],
    ) == (
        200,
        [],
        "0",
        "0",
    )


def test_categories_and_search_narrow_the_list(sandbox: Sandbox) -> None:
    news = fetch(sandbox, categories=4, per_page=100).json()
    assert {tuple(post["categories"]) for post in news} == {(4,)}
    assert all("maps" in post["title"]["rendered"].lower() for post in fetch(sandbox, search="maps").json())


def test_pages_and_types_and_index(sandbox: Sandbox) -> None:
    pages = fetch(sandbox, "pages", per_page=100).json()
    assert {page["id"] for page in pages} == {page.id for page in items.pages(1, sandbox.today)}
    assert {page["type"] for page in pages} == {"page"}
    assert {name: kind["rest_base"] for name, kind in fetch(sandbox, "types").json().items()} == {
        "post": "posts",
        "page": "pages",
    }
    assert requests.get(f"{sandbox.url}/wp-json/").json()["timezone_string"] == "Europe/London"


def test_one_post_by_number_and_none_for_a_wrong_one(sandbox: Sandbox) -> None:
    wanted = items.posts(1, sandbox.today)[5].id
    assert fetch(sandbox, f"posts/{wanted}").json()["id"] == wanted
    assert fetch(sandbox, "posts/3").json()["code"] == "rest_post_invalid_id"
    assert fetch(sandbox, "polls").json()["code"] == "rest_no_route"
