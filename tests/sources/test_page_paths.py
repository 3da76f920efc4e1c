"""One spelling for each path, in whatever way it was written."""

from datetime import date
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.parts import Measure
from sources.contract import Metric, ParseResult
from sources.frames import observation_frame, refused_frame
from sources.ga4.queries import path_filter
from sources.merged_pages import with_canonical_pages
from sources.page_paths import canonical_path, spellings
from sources.page_patterns import PagePatterns, pattern_regex

DAY, NEXT = date(2026, 3, 3), date(2026, 3, 4)
METRICS = (
    Metric("views", "page views", "flow", "views"),
    Metric("users", "users", "distinct", "users", additive_over_entities=False),
)


@pytest.mark.parametrize(
    "text",
    [
        "/führungen/",
        "/f%C3%BChrungen/",
        "/f%c3%bchrungen/",
        "/fu%CC%88hrungen/",
        "/fu\u0308hrungen/",
        "/x/../führungen/.",
    ],
)
def test_a_path_has_one_spelling_however_its_letters_are_written(text: str) -> None:
    """RFC 3986, 6.2.2, and RFC 3987, 5.3.2: case of escapes, escapes of letters, composed letters, dot segments."""
    assert canonical_path(text) == "/führungen/"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/%7Euser", "/~user"),
        ("/a%2fb", "/a%2Fb"),
        ("/a b", "/a%20b"),
        ("/f%FCr", "/f%FCr"),
        ("/100%", "/100%25"),
        ("/a%E2%80%8Bb", "/a%E2%80%8Bb"),
        ("/../a", "/a"),
        ("/?q=%c3%bc", "/?q=ü"),
        ("(not set)", "(not set)"),
        ("Hill branch", "Hill branch"),
    ],
)
def test_what_is_reserved_or_cannot_be_seen_stays_escaped(text: str, path: str) -> None:
    assert canonical_path(text) == path


@pytest.mark.parametrize("pair", [("/page", "/page/"), ("/Page", "/page"), ("/a//b", "/a/b"), ("/a%2Fb", "/a/b")])
def test_paths_that_a_server_may_answer_differently_stay_two(pair: tuple[str, str]) -> None:
    assert canonical_path(pair[0]) != canonical_path(pair[1])


@given(st.text(max_size=20))
def test_the_canonical_path_is_its_own_and_that_of_its_escaped_form(text: str) -> None:
    path = canonical_path("/" + text)
    assert canonical_path(path) == path
    escaped = quote(path.partition("?")[0], safe="/%!$&'()*+,;=:@~?#[]")
    assert canonical_path(escaped) == path.partition("?")[0]


def test_the_entities_of_a_plan_are_named_as_they_are_stored() -> None:
    assert Measure(source="web", metric="views", entities=("/f%c3%bchrungen/", "Hill")).entities == (
        "/führungen/",
        "Hill",
    )


def test_a_pattern_finds_every_spelling_and_remembers_that_it_found_none() -> None:
    patterns = PagePatterns(["/f%C3%BChrungen/", "*/bü-*", "/tpyo/"])
    assert [patterns.match(path) for path in ("/führungen/a", "/x/b%c3%bc-1", "/km", "/tpyo")] == [
        True,
        True,
        False,
        False,
    ]
    assert patterns.notes() == [
        "no page that was viewed is one of '/tpyo/': check its spelling, if some were",
        "'/tpyo' was viewed and is not one of '/tpyo/': write '/tpyo' in the plan, if it shall be",
    ]


def test_a_service_is_asked_for_every_spelling_that_it_may_have_stored() -> None:
    assert set(spellings("/ü")) == {"/ü", "/%C3%BC", "/%c3%bc", "/u\u0308", "/u%CC%88", "/u%cc%88"}
    assert spellings("/km/") == ("/km/",)
    assert pattern_regex("/km/") == "/km/"
    assert pattern_regex("*/ü*") == ".*/(?:ü|%C3%BC|u%CC%88|%c3%bc|u%cc%88|u\u0308).*$"
    asked = path_filter(["/ü"], [])
    assert asked is not None
    values = [one["filter"]["stringFilter"]["value"] for one in asked["orGroup"]["expressions"]]
    assert values == list(spellings("/ü"))


def found(*rows: tuple[str, str, float]) -> ParseResult:
    made = [(metric, page, DAY, NEXT, value, (), f"row {at}") for at, (metric, page, value) in enumerate(rows)]
    return ParseResult(observation_frame(made), refused_frame([]))


def test_views_of_a_page_in_two_spellings_are_added_up() -> None:
    merged = with_canonical_pages(found(("views", "/%C3%BC", 2), ("views", "/ü", 3), ("views", "/km", 1)), METRICS, ())
    frame = merged.observations
    assert dict(zip(frame["entity"], frame["value"], strict=True)) == {"/km": 1, "/ü": 5}
    assert merged.notes == ("/ü came in several spellings, which are one page each",)


def test_people_of_two_spellings_may_be_the_same_so_the_larger_figure_stays_and_is_incomplete() -> None:
    frame = with_canonical_pages(found(("users", "/%C3%BC", 2), ("users", "/ü", 3)), METRICS, ()).observations
    assert (frame["entity"].tolist(), frame["value"].tolist(), frame["flags"].tolist()) == (
        ["/ü"],
        [3],
        [("incomplete",)],
    )


def test_a_pattern_without_a_viewed_page_is_named_and_one_with_views_is_not() -> None:
    by_page = with_canonical_pages(found(("views", "/km/a", 2)), METRICS, ("/km/", "/tpyo/"))
    assert [note for note in by_page.notes if "/tpyo/" in note]
    assert not [note for note in by_page.notes if "/km/" in note]
    assert with_canonical_pages(found(("views", "", 2)), METRICS, ("/km/",)).notes == ()
    assert "/km/" in with_canonical_pages(found(("views", "", 0)), METRICS, ("/km/",)).notes[0]
