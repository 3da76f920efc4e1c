"""The rules of ``sources.contract``, over every source in the registry and over the example of docs/add-a-source.md.

Each has a folder in tests/sources/fragments: settings.yaml, the files that it reads or answers.yaml with the responses
of a server, and expected.csv with the observations.
"""

import ast
import base64
import importlib.util
import inspect
import json
import re
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from itertools import islice, permutations
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML

from sources.contract import ParseResult, Place, RawPage, Source, SourceSettings
from sources.frames import observation_frame, refused_frame
from sources.registry import SOURCES, source_class
from sources.web.auth import Auth
from sources.web.session import Session
from tests.loopback import ReceivedRequest, Reply, serve
from tests.markdown_blocks import file_blocks
from warehouse.errors import KmiError, ShapeError
from warehouse.schema import FLAGS, OBSERVATION_KEY, Window

FRAGMENTS = Path(__file__).with_name("fragments")
WALK_THROUGH = Path(__file__).resolve().parents[2] / "docs" / "add-a-source.md"
EXAMPLE = "rooms"
TYPES = [*SOURCES, EXAMPLE]
WITH_AUTH = [
    *(
        name
        for name in SOURCES
        if getattr(source_class(name).Settings.model_fields.get("auth"), "annotation", None) == Auth | None
    ),
    EXAMPLE,
]
HOST = re.compile(r"https://[a-z0-9.\-]+\.example\b")
"""The addresses of a fragment: all of them are served by one server on this machine."""
NOW, END = datetime(2026, 11, 24, 6, tzinfo=UTC), date(2026, 11, 24)
SECRET = "geheim-123"
AUTHS: dict[str, dict[str, str]] = {
    "basic": {"type": "basic", "user": "ada", "password": "${env:SECRET}"},
    "bearer": {"type": "bearer", "token": "${env:SECRET}"},
    "key in a header": {"type": "api_key", "name": "X-Key", "key": "${env:SECRET}"},
    "key in the address": {"type": "api_key", "name": "key", "key": "${env:SECRET}", "location": "query"},
}


@dataclass(frozen=True)
class Fragment:
    """A source type and the folder with what it is to read."""

    name: str
    cls: type[Source]
    folder: Path

    @property
    def settings(self) -> dict[str, Any]:
        return dict(YAML(typ="safe").load(self.folder / "settings.yaml"))

    @property
    def window(self) -> Window:
        """This year to date, or as much of it as one call takes."""
        return Window(max(date(2026, 1, 1), END - timedelta(days=self.cls.max_days or 400)), END)

    @property
    def secretive(self) -> bool:
        """Whether the settings name a secret."""
        return "${env:" in (self.folder / "settings.yaml").read_text(encoding="utf-8")

    def source(self, **more: object) -> Source:
        given = self.cls.Settings.model_validate(self.settings | more, context={"base": self.folder})
        return self.cls(self.name, given, Place(ZoneInfo("Europe/London")))

    def reply(self, received: ReceivedRequest) -> Reply:
        """The first of the recorded answers whose method, path, query and body (fields of a form or of JSON) fit."""
        for told in YAML(typ="safe").load(self.folder / "answers.yaml"):
            same = (
                told.get("path", received.path) == received.path
                and told.get("method", received.method) == received.method
            )
            if (
                same
                and told.get("query", {}).items() <= dict(received.query).items()
                and within(told.get("body", {}), sent(received))
            ):
                body = (self.folder / told["file"]).read_bytes() if "file" in told else told.get("text", "").encode()
                return Reply(body, told.get("status", 200), told.get("headers", {}))
        return Reply(b"the fragment has no answer to this", status=404)

    def pages(self, **more: object) -> list[RawPage]:
        """What ``fetch`` brings. Addresses of the server on this machine are given back as those of the settings."""
        if not (self.folder / "answers.yaml").exists():
            return list(self.source(**more).fetch(self.window, NOW, session()))
        with serve(self.reply) as site:
            host = HOST.search((self.folder / "settings.yaml").read_text(encoding="utf-8"))
            assert host is not None, "settings.yaml names no address under .example"
            pages = list(self.source(**at(self.settings, site.url), **more).fetch(self.window, NOW, session()))
            return [replace(page, url=page.url.replace(site.url, host[0])) for page in pages]


def at(settings: Any, url: str) -> Any:
    """The settings with every address under .example at ``url``."""
    if isinstance(settings, dict):
        return {name: at(value, url) for name, value in settings.items()}
    if isinstance(settings, list):
        return [at(value, url) for value in settings]
    return HOST.sub(url, settings) if isinstance(settings, str) else settings


def sent(received: ReceivedRequest) -> Any:
    """The body of a request as data: JSON, or the fields of a form."""
    try:
        return json.loads(received.body)
    except ValueError:
        return {name: values[-1] for name, values in parse_qs(received.body.decode(), keep_blank_values=True).items()}


def within(part: Any, whole: Any) -> bool:
    """Whether ``whole`` says everything that ``part`` says, however deep."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(
            name in whole and within(value, whole[name]) for name, value in part.items()
        )
    return bool(part == whole)


def session() -> Session:
    return Session(lambda _: SECRET, retries=0, timeout_s=(2, 2))


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Fragment:
    """The walk-through's source: its blocks, written to the files that they name."""
    root = tmp_path_factory.mktemp("walk")
    for path, text in file_blocks(WALK_THROUGH):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(EXAMPLE, root / "sources" / f"{EXAMPLE}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Fragment(EXAMPLE, module.Rooms, root / "tests" / "sources" / "fragments" / EXAMPLE)


@pytest.fixture(params=TYPES, scope="module")
def fragment(request: pytest.FixtureRequest) -> Fragment:
    return fragment_of(request)


@pytest.fixture(params=WITH_AUTH, scope="module")
def guarded(request: pytest.FixtureRequest) -> Fragment:
    """Of the sources only those that have a secret to keep."""
    return fragment_of(request)


def fragment_of(request: pytest.FixtureRequest) -> Fragment:
    if request.param == EXAMPLE:
        known: Fragment = request.getfixturevalue("example")
        return known
    return Fragment(request.param, source_class(request.param), FRAGMENTS / request.param)


@pytest.fixture(scope="module")
def pages(fragment: Fragment) -> list[RawPage]:
    return fragment.pages()


@pytest.fixture(scope="module")
def parsed(fragment: Fragment, pages: list[RawPage]) -> ParseResult:
    return fragment.source().parse(pages)


def as_written(parsed: ParseResult) -> str:
    """The observations as expected.csv has them: ordered, without their origins."""
    frame = parsed.observations.sort_values(list(OBSERVATION_KEY))
    flags = [" ".join(names) for names in frame["flags"]]
    return str(
        frame.drop(columns="origin")
        .assign(flags=flags)
        .to_csv(index=False, date_format="%Y-%m-%d", lineterminator="\n")
    )


def same(one: ParseResult, other: ParseResult) -> None:
    """Raises ``AssertionError`` unless both say the same, in whatever order."""
    for name in ("observations", "refused"):
        left, right = (getattr(p, name) for p in (one, other))
        order = ["metric", "entity", "start", "end", "origin"]
        pd.testing.assert_frame_equal(
            left.sort_values(order, ignore_index=True), right.sort_values(order, ignore_index=True)
        )
    assert (set(one.covered), one.replaces) == (set(other.covered), other.replaces)


def everything(pages: Sequence[RawPage], parsed: ParseResult) -> str:
    """All that a pull leaves behind, as one text."""
    bodies = " ".join(page.body.decode("utf-8", errors="replace") for page in pages)
    frames = " ".join(frame.to_csv() for frame in (parsed.observations, parsed.refused))
    return f"{[astuple(replace(page, content=b'')) for page in pages]} {bodies} {frames} {parsed.notes}"


def test_every_source_has_a_fragment_and_every_fragment_a_source() -> None:
    assert {path.name for path in FRAGMENTS.iterdir() if path.is_dir()} == set(SOURCES)


def test_the_settings_carry_the_name_of_the_type(fragment: Fragment) -> None:
    assert issubclass(fragment.cls.Settings, SourceSettings)
    assert fragment.settings["type"] == fragment.name
    with pytest.raises(ValidationError, match="type"):
        fragment.source(type="another")


def test_the_metrics_are_declared_whole_and_once(fragment: Fragment) -> None:
    metrics = fragment.source().metrics()
    assert metrics
    assert len({metric.name for metric in metrics}) == len(metrics)
    assert all(metric.name and metric.unit and metric.description for metric in metrics)
    assert {metric.kind for metric in metrics} <= {"flow", "reading", "distinct"}


def test_pages_come_numbered_with_the_window_and_the_clock_that_were_given(
    fragment: Fragment, pages: list[RawPage]
) -> None:
    assert [page.sequence for page in pages] == list(range(len(pages))), "number the pages from 0 in the order of fetch"
    assert {page.source for page in pages} == {fragment.name}, "a page carries the name that the plan gives the source"
    assert {page.window for page in pages} == {fragment.window}, "a page carries the whole window that fetch was given"
    assert {page.fetched_at for page in pages} == {NOW}, "a page carries the clock that fetch was given"


def test_the_fragment_says_what_is_expected_of_it(fragment: Fragment, parsed: ParseResult) -> None:
    expected = (fragment.folder / "expected.csv").read_text(encoding="utf-8")
    assert as_written(parsed) == expected
    assert len(pd.read_csv(StringIO(expected))) >= 2


def test_what_cannot_be_read_is_refused_with_reason_origin_and_action(parsed: ParseResult) -> None:
    assert len(parsed.refused) >= 1, "each fragment holds something that cannot be read"
    assert parsed.refused[["reason", "origin", "action"]].map(bool).all(axis=None)


def test_only_declared_metrics_and_known_flags_are_emitted(fragment: Fragment, parsed: ParseResult) -> None:
    assert set(parsed.observations["metric"]) <= {metric.name for metric in fragment.source().metrics()}
    assert {flag for flags in parsed.observations["flags"] for flag in flags} <= set(FLAGS)
    assert all(isinstance(flags, tuple) for flags in parsed.observations["flags"])


def test_the_frames_have_the_columns_and_types_of_the_contract(parsed: ParseResult) -> None:
    for frame, contract in ((parsed.observations, observation_frame([])), (parsed.refused, refused_frame([]))):
        assert list(frame.columns) == list(contract.columns)
    assert dict(parsed.observations.dtypes) == dict(observation_frame([]).dtypes)
    assert {str(parsed.refused[name].dtype) for name in ("start", "end")} == {"datetime64[us]"}


def test_the_key_is_unique_and_spans_run_forward(parsed: ParseResult) -> None:
    frame = parsed.observations
    assert not frame.duplicated(list(OBSERVATION_KEY)).any()
    assert (frame["start"] < frame["end"]).all()
    assert (frame[["start", "end"]] == frame[["start", "end"]].apply(lambda days: days.dt.normalize())).all(axis=None)


def test_shuffled_pages_give_the_same_frame(fragment: Fragment, pages: list[RawPage], parsed: ParseResult) -> None:
    for order in (*islice(permutations(pages), 1, 24), pages[::-1]):  # never all of them: a pull may have thirty pages
        same(fragment.source().parse(order), parsed)
    assert len(pages) > 1 or not may_yield_several_pages(fragment.cls), (
        "fetch may yield more than one page, so the fragment needs more than one, or the order of pages is not tested"
    )


def may_yield_several_pages(cls: type[Source]) -> bool:
    """Whether ``fetch`` has a ``yield`` inside a loop, several of them, or yields what another function does."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls.fetch)))
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.For | ast.While)]
    looped = [node for loop in loops for node in ast.walk(loop) if isinstance(node, ast.Yield)]
    plain = [node for node in ast.walk(tree) if isinstance(node, ast.Yield)]
    handed_on = [node for node in ast.walk(tree) if isinstance(node, ast.YieldFrom | ast.Return)]
    return bool(looped or handed_on or len(plain) > 1)


def test_which_fetch_may_yield_several_pages_is_read_off_its_code() -> None:
    assert not may_yield_several_pages(source_class("vea"))
    assert may_yield_several_pages(source_class("feed"))  # a page for each redirect on the way
    assert may_yield_several_pages(source_class("footfall"))  # yields what reads the files yields
    assert may_yield_several_pages(source_class("mastodon"))


def test_parsing_is_pure(fragment: Fragment, pages: list[RawPage], parsed: ParseResult) -> None:
    source, given = fragment.source(), [replace(page) for page in pages]
    same(source.parse(given), parsed)
    same(source.parse(given), parsed)
    assert given == pages


def test_a_page_cut_in_half_is_no_page(fragment: Fragment, pages: list[RawPage]) -> None:
    for cut in pages:
        if cut.body.strip() in (b"", b"[]"):  # a redirect has no body, and of an empty list nothing is left
            continue
        torn = [replace(page, content=page.body[: len(page.body) // 2]) if page is cut else page for page in pages]
        with pytest.raises(ShapeError) as caught:
            fragment.source().parse(torn)
        assert caught.value.where, cut.url
        assert caught.value.do, cut.url


def test_an_unknown_setting_is_refused(fragment: Fragment) -> None:
    with pytest.raises(ValidationError, match="no_such_setting"):
        fragment.source(no_such_setting=1)


def test_what_asks_for_an_address_can_show_who_it_is() -> None:
    asking = {
        name for name in SOURCES if getattr(source_class(name).Settings.model_fields.get("url"), "is_required", bool)()
    }
    asking = {name for name in asking if "auth" in source_class(name).Settings.model_fields or name in WITH_AUTH}
    assert asking
    assert asking <= set(WITH_AUTH), "beside a required 'url' the setting is 'auth: Auth | None'"


@pytest.mark.parametrize("auth", AUTHS)
def test_a_secret_never_lands(guarded: Fragment, auth: str) -> None:
    pages = guarded.pages(auth=AUTHS[auth])
    left = everything(pages, guarded.source(auth=AUTHS[auth]).parse(pages))
    assert SECRET not in left
    assert base64.b64encode(f"ada:{SECRET}".encode()).decode() not in left


@pytest.mark.parametrize("status", [401, 404, 500])
@pytest.mark.parametrize("auth", AUTHS)
def test_a_secret_is_in_no_error_though_the_server_repeats_it(guarded: Fragment, auth: str, status: int) -> None:
    with echoing(status) as (url, received):
        source = guarded.source(auth=AUTHS[auth], url=f"{url}/path")
        with pytest.raises(KmiError) as caught:
            list(source.fetch(guarded.window, NOW, session()))
    assert received, "the request never came"
    assert SECRET not in f"{caught.value} {caught.value!r}"
    assert base64.b64encode(f"ada:{SECRET}".encode()).decode() not in str(caught.value)


def test_a_source_with_secrets_of_its_own_leaves_none_behind(fragment: Fragment) -> None:
    if not fragment.secretive:
        pytest.skip("it needs no secret")
    pages = fragment.pages()
    assert SECRET not in everything(pages, fragment.source().parse(pages))
    for status in (400, 401, 500):
        with echoing(status) as (url, received), pytest.raises(KmiError) as caught:
            list(fragment.source(**at(fragment.settings, url)).fetch(fragment.window, NOW, session()))
        assert received, "the request never came"
        assert SECRET not in f"{caught.value} {caught.value!r}"


@contextmanager
def echoing(status: int) -> Iterator[tuple[str, list[ReceivedRequest]]]:
    """A server that says in its error all that it was told."""

    def reply(received: ReceivedRequest) -> Reply:
        text = f"you sent {dict(received.headers)} {dict(received.query)} {received.body.decode(errors='replace')}"
        return Reply(text.encode(), status, {"Content-Type": "text/plain"})

    with serve(reply) as site:
        yield site.url, site.received


def test_a_secret_in_the_clear_is_refused(guarded: Fragment) -> None:
    with pytest.raises(ValidationError, match="never written into the plan") as caught:
        guarded.source(auth={"type": "bearer", "token": SECRET})
    assert caught.value.error_count() >= 1


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles"])
def test_days_are_whole_days_in_any_zone(fragment: Fragment, pages: list[RawPage], zone: str) -> None:
    given = fragment.cls.Settings.model_validate(fragment.settings, context={"base": fragment.folder})
    frame = fragment.cls(fragment.name, given, Place(ZoneInfo(zone))).parse(pages).observations
    assert len(frame)
    assert (frame["start"].dt.normalize() == frame["start"]).all()
