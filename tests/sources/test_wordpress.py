"""A WordPress site on this machine, after the REST API handbook."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random
from zoneinfo import ZoneInfo

import pytest

from sources.contract import ParseResult, Place
from sources.wordpress import WordPress, WordPressSettings
from tests.loopback import NOW, WINDOW, ReceivedRequest, Reply, page, quick_session, serve
from warehouse.errors import RefusedError, RetryableError, ShapeError
from warehouse.schema import Window

Post = Mapping[str, object]


def post(number: int, moment: str, **more: object) -> Post:
    """A post whose site keeps UTC."""
    return {
        "id": number,
        "date": moment,
        "date_gmt": moment,
        "modified_gmt": moment,
        "type": "post",
        "status": "publish",
        "title": {"rendered": "T"},
    } | more


@dataclass
class Blog:
    """Answers lists as the handbook says: filtered, by id, in pages; ``between`` runs after each answer."""

    posts: list[Post]
    between: Callable[["Blog"], object] = lambda blog: None
    headers: bool = True
    lists: list[ReceivedRequest] = field(default_factory=list)

    def __call__(self, received: ReceivedRequest) -> Reply:
        self.lists.append(received)
        q = received.query
        found = sorted((p for p in self.posts if self._wanted(p, q)), key=lambda p: str(p["id"]).zfill(9))
        per, number = int(q["per_page"]), int(q["page"])
        total_pages = -(-len(found) // per)
        if number > max(total_pages, 1):
            return Reply(
                b'{"code":"rest_post_invalid_page_number","message":"beyond","data":{"status":400}}',
                400,
                {"Content-Type": "application/json"},
            )
        counts = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(total_pages)} if self.headers else {}
        self.between(self)
        return Reply(
            json.dumps(found[(number - 1) * per : number * per]).encode(),
            headers={"Content-Type": "application/json", **counts},
        )

    def _wanted(self, p: Post, q: Mapping[str, str]) -> bool:
        day, changed = str(p["date"]), str(p["modified_gmt"])
        return q.get("after", "") < day < q.get("before", "9") and q.get("modified_after", "") < changed


def site(url: str = "https://library.example", zone: str = "Europe/London", **settings: object) -> WordPress:
    return WordPress(
        "blog", WordPressSettings.model_validate({"type": "wordpress", "url": url} | settings), Place(ZoneInfo(zone))
    )


def collected(
    blog: Callable[[ReceivedRequest], Reply], window: Window = WINDOW, zone: str = "Europe/London", **settings: object
) -> ParseResult:
    with serve(blog) as server:
        source = site(server.url, zone, **settings)
        return source.parse(list(source.fetch(window, NOW, quick_session())))


def listed(posts: Sequence[Post], *, query: str = "", sequence: int = 0) -> ParseResult:
    return site().parse(
        [
            page(
                json.dumps(posts).encode(),
                url=f"https://library.example/wp-json/wp/v2/posts?{query}",
                sequence=sequence,
            )
        ]
    )


def test_every_post_of_the_window_is_counted_once() -> None:
    posts = [post(n, f"2026-11-{n % 23 + 1:02}T10:00:00") for n in range(1, 251)]
    blog = Blog(posts)
    parsed = collected(blog)
    assert len(parsed.observations) == 250
    assert set(parsed.observations["entity"]) == {f"post:{n}" for n in range(1, 251)}
    assert (parsed.covered, parsed.replaces) == ((WINDOW,), WINDOW)
    assert [received.query["page"] for received in blog.lists] == ["1", "2", "3", "1"]


def test_the_api_is_asked_as_the_handbook_says() -> None:
    blog = Blog([])
    collected(blog)
    first, second = (received.query for received in blog.lists)
    assert blog.lists[0].path == "/wp-json/wp/v2/posts"
    assert (first["after"], first["before"], first["per_page"]) == ("2026-10-29T00:00:00", "2026-11-25T00:00:00", "100")
    assert (second["modified_after"], second["before"]) == ("2026-10-31T00:00:00", "2026-10-31T00:00:00")
    assert "date_gmt" in first["_fields"]


def test_a_post_stands_on_its_day_in_the_zone_of_the_source() -> None:
    edge = [
        post(1, "2026-11-01T04:30:00"),
        post(2, "2026-11-24T04:30:00"),
        post(3, "2026-11-24T05:30:00"),
        post(4, "2026-11-01T03:30:00"),
    ]
    parsed = collected(Blog(edge), zone="America/New_York", since=WINDOW.start)
    assert dict(zip(parsed.observations["entity"], parsed.observations["start"].dt.date, strict=True)) == {
        "post:1": date(2026, 11, 1),
        "post:2": date(2026, 11, 23),
    }


def test_drafts_and_private_posts_are_not_counted_and_said() -> None:
    rows = [
        post(n, "2026-11-03T10:00:00", status=status)
        for n, status in enumerate(("draft", "private", "future", "publish"))
    ]
    parsed = listed(rows)
    assert parsed.observations["entity"].tolist() == ["post:3"]
    assert parsed.refused.empty
    assert "not published" in parsed.notes[0]


def test_a_post_that_moved_to_before_the_window_is_named_with_its_new_day() -> None:
    moved, untouched = (
        post(7, "2026-05-05T10:00:00", modified_gmt="2026-11-20T10:00:00"),
        post(8, "2026-05-06T10:00:00"),
    )
    parsed = collected(Blog([moved, untouched, post(9, "2026-11-05T10:00:00")]))
    assert dict(zip(parsed.observations["entity"], parsed.observations["start"].dt.date, strict=True)) == {
        "post:7": date(2026, 5, 5),
        "post:9": date(2026, 11, 5),
    }


def test_a_scheduled_post_that_came_up_to_two_days_late_counts_on_its_day_once() -> None:
    """Publishing changes neither its date nor its date of change; an editor's change puts it on both lists."""
    late, too_late = post(7, "2026-10-30T10:00:00"), post(8, "2026-10-29T10:00:00")
    edited = post(9, "2026-10-31T10:00:00", modified_gmt="2026-11-20T10:00:00")
    parsed = collected(Blog([late, too_late, edited]))
    assert dict(zip(parsed.observations["entity"], parsed.observations["start"].dt.date, strict=True)) == {
        "post:7": date(2026, 10, 30),
        "post:9": date(2026, 10, 31),
    }
    assert parsed.notes == ()
    assert collected(Blog([late]), since=date(2026, 11, 1)).observations.empty


def test_a_post_from_before_the_first_day_to_collect_stays_out() -> None:
    assert collected(
        Blog([post(7, "2020-05-05T10:00:00", modified_gmt="2026-11-20T10:00:00")]), since=date(2024, 1, 1)
    ).observations.empty


def test_a_list_that_shifts_while_it_is_read_is_read_again() -> None:
    def one_more_once(blog: Blog) -> None:
        if len(blog.posts) == 150:
            blog.posts.append(post(0, "2026-11-02T10:00:00"))

    parsed = collected(Blog([post(n, "2026-11-03T10:00:00") for n in range(1, 151)], one_more_once))
    assert len(parsed.observations) == 151


def test_a_post_deleted_while_the_list_is_read_hides_no_other() -> None:
    def one_less_once(blog: Blog) -> None:
        if len(blog.posts) == 201:
            del blog.posts[0]

    parsed = collected(Blog([post(n, "2026-11-03T10:00:00") for n in range(1, 202)], one_less_once))
    assert set(parsed.observations["entity"]) == {f"post:{n}" for n in range(2, 202)}


def test_an_item_that_comes_on_two_pages_means_that_the_list_shifted() -> None:
    def swapped_once(blog: Blog) -> None:
        if blog.posts[-1]["id"] == 150:
            blog.posts[-1] = post(0, "2026-11-02T10:00:00")

    parsed = collected(Blog([post(n, "2026-11-03T10:00:00") for n in range(1, 151)], swapped_once))
    assert set(parsed.observations["entity"]) == {f"post:{n}" for n in range(150)}


def test_a_list_that_never_stands_still_is_left_for_later() -> None:
    blog = Blog(
        [post(n, "2026-11-03T10:00:00") for n in range(1, 151)],
        lambda blog: blog.posts.append(post(1000 + len(blog.posts), "2026-11-02T10:00:00")),
    )
    with pytest.raises(RetryableError, match="changed each of the 3 times"):
        collected(blog)


@pytest.mark.parametrize("count", [0, 99, 100, 200])
def test_without_the_headers_the_end_is_found_all_the_same(count: int) -> None:
    assert (
        len(collected(Blog([post(n, "2026-11-03T10:00:00") for n in range(1, count + 1)], headers=False)).observations)
        == count
    )


def test_a_list_shorter_than_the_site_states_is_not_believed() -> None:
    """X-WP-Total is the number of items of the whole list:
    https://developer.wordpress.org/rest-api/using-the-rest-api/pagination/"""
    blog = Blog([post(n, "2026-11-03T10:00:00") for n in (1, 2)])

    def cached(received: ReceivedRequest) -> Reply:
        reply = blog(received)
        return Reply(reply.body, headers={**reply.headers, "X-WP-Total": "5"})

    with pytest.raises(ShapeError, match="states 5 items and delivered 2"):
        collected(cached)


def test_a_site_that_ignores_the_page_is_stopped() -> None:
    whole = json.dumps([post(n, "2026-11-03T10:00:00") for n in range(100)]).encode()
    with pytest.raises(ShapeError, match="repeats itself"):
        collected(lambda received: Reply(whole, headers={"X-WP-Total": "5000", "X-WP-TotalPages": "50"}))


def test_empty_pages_that_promise_more_are_stopped() -> None:
    with pytest.raises(ShapeError, match="empty pages"):
        collected(lambda received: Reply(b"[]", headers={"X-WP-Total": "5000", "X-WP-TotalPages": "50"}))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<!doctype html><p>Hello", "web page"),
        (b"", "an empty answer"),
        (b'[{"id": 1', "JSON that breaks off"),
        (b'{"code": "x"}', "not a list"),
        (b'["a"]', "not a list"),
        (b"[" * 100_000, "nested more than 100 levels"),
    ],
)
def test_anything_but_a_list_of_items_is_refused(body: bytes, says: str) -> None:
    with pytest.raises(ShapeError, match=says):
        collected(lambda received: Reply(body))
    with pytest.raises(ShapeError, match=says):
        site().parse([page(body, url="https://library.example/wp-json/wp/v2/posts?page=1")])


def test_a_route_that_is_not_there_says_what_the_site_says() -> None:
    with pytest.raises(RefusedError, match=r"rest_no_route.*check the address"):
        collected(lambda received: Reply(b'{"code":"rest_no_route"}', 404, {"Content-Type": "application/json"}))


@pytest.mark.parametrize(
    "row",
    [
        post(1, "x"),
        post(1, "2026-11-03T10:00:00", date_gmt=None),
        post(1, "2026-11-03T10:00:00", date_gmt="0000-00-00T00:00:00"),
        {"type": "post", "date_gmt": "2026-11-03T10:00:00"},
    ],
)
def test_an_item_without_date_or_id_is_listed_with_what_to_do(row: Post) -> None:
    parsed = listed([row, post(2, "2026-11-03T10:00:00")])
    assert (len(parsed.observations), len(parsed.refused)) == (1, 1)
    assert parsed.refused["action"].str.len().gt(0).all()


def test_pages_and_custom_types_have_kinds_of_their_own() -> None:
    def reply(received: ReceivedRequest) -> Reply:
        base = received.path.rpartition("/")[2]
        return Reply(
            json.dumps([post(5, "2026-11-03T10:00:00", type=base.removesuffix("s"))]).encode(),
            headers={"X-WP-Total": "1", "X-WP-TotalPages": "1"},
        )

    parsed = collected(reply, content={"pages": "guides", "events": "events"})
    assert dict(zip(parsed.observations["entity"], parsed.observations["metric"], strict=True)) == {
        "page:5": "guides",
        "event:5": "events",
    }
    assert [metric.name for metric in site(content={"pages": "guides", "events": "events"}).metrics()] == [
        "guides",
        "events",
    ]


def test_the_order_of_pages_does_not_matter() -> None:
    url = "https://library.example/wp-json/wp/v2/posts?page=1"
    pages = [
        page(
            json.dumps([post(n * 10 + i, f"2026-11-{i + 1:02}T10:00:00") for i in range(5)]).encode(),
            url=url,
            sequence=n,
        )
        for n in range(6)
    ]
    frames = [site().parse(Random(seed).sample(pages, len(pages))).observations for seed in (1, 2)]
    assert frames[0].equals(frames[1])


def test_a_byte_order_mark_before_the_list_is_no_fault() -> None:
    assert len(site().parse([page(b"\xef\xbb\xbf[]", url="https://library.example/wp-json/wp/v2/posts")]).covered) == 1


PLAIN = '<!doctype html><html><head><link rel="https://api.w.org/" href="{}" /></head><body>Hello</body></html>'


def plain_site(blog: Blog, *, header: bool, at: str = "/?rest_route=/") -> Callable[[ReceivedRequest], Reply]:
    """A site with plain permalinks: https://developer.wordpress.org/rest-api/using-the-rest-api/discovery/"""

    def reply(received: ReceivedRequest) -> Reply:
        if received.query.get("rest_route") == "/wp/v2/posts":
            return blog(received)
        if received.path != "/":
            return Reply(b"<p>Not found</p>", 404, {"Content-Type": "text/html"})
        if header:
            return Reply(b"<html></html>", headers={"Link": f'<{at}>; rel="https://api.w.org/"'})
        return Reply(PLAIN.format(at).encode(), headers={"Content-Type": "text/html"})

    return reply


@pytest.mark.parametrize("header", [True, False])
def test_a_site_with_plain_permalinks_says_where_its_api_is(header: bool) -> None:
    blog = Blog([post(1, "2026-11-03T10:00:00"), post(2, "2026-11-04T10:00:00")])
    parsed = collected(plain_site(blog, header=header))
    assert parsed.observations["entity"].tolist() == ["post:1", "post:2"]
    assert (parsed.covered, parsed.replaces) == ((WINDOW,), WINDOW)


def test_a_site_that_says_nothing_keeps_the_first_reason() -> None:
    with pytest.raises(RefusedError, match="answered 404"):
        collected(plain_site(Blog([]), header=True, at="/wp-json/"))


def test_a_password_is_not_sent_to_another_host() -> None:
    auth = {"type": "basic", "user": "kmi", "password": "${env:PASSWORD}"}
    with pytest.raises(RefusedError, match="on another host"):
        collected(plain_site(Blog([]), header=True, at="https://elsewhere.example/wp-json/"), auth=auth)


def test_only_the_posts_of_the_named_categories_are_asked_for() -> None:
    blog = Blog([post(1, "2026-11-03T10:00:00")])
    collected(blog, content={"posts": "news", "pages": "pages"}, categories=[3, 7])
    assert [request.query.get("categories") for request in blog.lists] == ["3,7", "3,7", None, None]


def test_a_base_of_another_namespace_has_its_own_route() -> None:
    blog = Blog([post(1, "2026-11-03T10:00:00", type="event")])
    parsed = collected(blog, content={"library/v1/events": "events"})
    assert {request.path for request in blog.lists} == {"/wp-json/library/v1/events"}
    assert parsed.observations["metric"].tolist() == ["events"]


def test_everything_is_read_again_once_a_month_as_no_deletion_is_told() -> None:
    """The interface lists what is there; only a full list shows that an old post is gone."""
    assert site().settings.deep_days >= 100 * 365
