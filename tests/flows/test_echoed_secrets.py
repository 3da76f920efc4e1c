"""A service that repeats the key: no sink of a run holds it, whatever the source, the place and the encoding.

One run over all cases; each has a key of its own, so that each sink can be scanned for each of them.
"""

import base64
import html
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from deltalake import DeltaTable
from ruamel.yaml import YAML

from flows.cli import main
from tests.loopback import ReceivedRequest, Reply, serve

AUTHS: dict[str, dict[str, str]] = {
    "bearer": {"type": "bearer", "token": "REF"},
    "header": {"type": "api_key", "name": "X-Key", "api_key": "REF", "location": "header"},
    "query": {"type": "api_key", "name": "wskey", "api_key": "REF", "location": "query"},
    "basic": {"type": "http_basic", "username": "ann", "password": "REF"},
}
ENCODINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "percent": lambda key: quote(key, safe=""),
    "base64": lambda key: base64.b64encode(f"ann:{key}".encode()).decode(),
    "json": lambda key: "".join(f"\\u{ord(letter):04x}" for letter in key),
    "html": html.escape,
}
GOOD = {"day": "2026-11-23", "room": "Hall", "n": 7}
JSON_TYPE = {"Content-Type": "application/json"}


def records(key: str, **more: Any) -> str:
    return json.dumps({"items": [GOOD, {**GOOD, "room": "Attic", **more}]}).replace("KEY", key)


PLACES: dict[str, Callable[[str], Reply]] = {
    "selector": lambda key: Reply(f'{{"you sent": "{key}", "list": []}}'.encode(), 200, JSON_TYPE),
    "value": lambda key: Reply(records(key, n="KEY").encode(), 200, JSON_TYPE),
    "day": lambda key: Reply(records(key, day="KEY").encode(), 200, JSON_TYPE),
    "entity": lambda key: Reply(records(key, room="KEY").encode(), 200, JSON_TYPE),
    "unread": lambda key: Reply(records(key, note="KEY").encode(), 200, JSON_TYPE),
    "refused": lambda key: Reply(f"you sent {key}".encode(), 403, {"Content-Type": "text/plain"}),
    "fault": lambda key: Reply(f"<p>{key}</p>".encode(), 400, {"Content-Type": "text/html"}),
    "broken": lambda key: Reply(f'{{"items": [ {key}'.encode(), 200, JSON_TYPE),
    "page": lambda key: Reply(f"<html>{key}</html>".encode(), 200, {"Content-Type": "text/html"}),
    "etag": lambda key: Reply(records("x").encode(), 200, {**JSON_TYPE, "ETag": f'"{key}"'}),
}
OTHERS: dict[str, dict[str, Any]] = {
    "feed": {"url": "ADDRESS", "auth": {"type": "bearer", "token": "REF"}},
    "wordpress": {"url": "ADDRESS", "auth": {"type": "basic", "user": "ann", "password": "REF"}},
    "oai_pmh": {"url": "ADDRESS", "auth": {"type": "bearer", "token": "REF"}},
    "matomo": {"url": "ADDRESS", "site": 1, "token": "REF"},
    "plausible": {"url": "ADDRESS", "site": "example.org", "key": "REF"},
    "mastodon": {"url": "ADDRESS", "account": "ann", "token": "REF"},
    "sushi": {"url": "ADDRESS", "customer_id": "REF", "report": "tr", "release": "5.1"},
    "facebook_page": {"url": "ADDRESS", "page": "123", "token": "REF"},
}


@dataclass(frozen=True)
class Case:
    """One source of the plan: how the key is sent, where and in which form the service repeats it."""

    kind: str
    place: str
    encoding: str

    @property
    def name(self) -> str:
        return f"{self.kind}_{self.place}_{self.encoding}"

    @property
    def key(self) -> str:
        return f"cÄnary/{self.name}+&<9>" if self.kind == "basic" else f"canary/{self.name}+&<9>"


CASES = [
    *(Case(auth, place, "plain") for auth in AUTHS for place in PLACES),
    *(
        Case("bearer", place, form)
        for place in ("value", "refused", "selector")
        for form in ENCODINGS
        if form != "plain"
    ),
    *(Case(kind, "unread", "plain") for kind in OTHERS),
]


def source_of(case: Case, url: str) -> dict[str, Any]:
    reference = f"${{env:{case.name.upper()}}}"
    address = f"{url}/{case.name}"
    if case.kind in OTHERS:
        text = json.dumps({"type": case.kind, **OTHERS[case.kind]})
        return dict(json.loads(text.replace("ADDRESS", address).replace("REF", reference)))
    return {
        "type": "rest",
        "client": {"base_url": address, "auth": json.loads(json.dumps(AUTHS[case.kind]).replace("REF", reference))},
        "endpoint": {"path": "data", "data_selector": "items"},
        "indicator": {"date": "day", "entity": "room", "metrics": {"n": {"path": "n", "unit": "things"}}},
        "max_refused_share": 1,
    }


def write_plan(folder: Path, url: str) -> Path:
    sources = {case.name: {"since": "2026-11-23", **source_of(case, url)} for case in CASES}
    measured = {"source": "bearer_unread_plain", "metric": "n"}
    plan = {
        "organisation": {"name": "Hill Library", "time_zone": "Europe/London"},
        "sources": sources,
        "indicators": {"things": {"title": "Things", "unit": "things", "kind": "flow", "of": [measured]}},
    }
    with (folder / "plan.yaml").open("w", encoding="utf-8") as file:
        YAML().dump(plan, file)
    return folder / "plan.yaml"


def answer(received: ReceivedRequest) -> Reply:
    case = next(
        case for case in CASES if received.path.startswith(f"/{case.name}/") or received.path == f"/{case.name}"
    )
    return PLACES[case.place](ENCODINGS[case.encoding](case.key))


@dataclass(frozen=True)
class Sinks:
    """What a run left: the output of the commands, and every file with its cells, by name."""

    output: str
    texts: dict[str, bytes]


def texts_of(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file, and the cells of every Parquet file, which are compressed."""
    for path in folder.rglob("*"):
        if path.is_file():
            name = str(path.relative_to(folder))
            yield name, path.read_bytes()
            if path.suffix == ".parquet":
                cells = [value for column in pq.read_table(path).columns for value in column.to_pylist()]
                yield f"{name}: cells", b"\n".join(v if isinstance(v, bytes) else str(v).encode() for v in cells)


@pytest.fixture(scope="module")
def sinks(tmp_path_factory: pytest.TempPathFactory) -> Sinks:
    folder = tmp_path_factory.mktemp("echo")
    environment = {case.name.upper(): case.key for case in CASES} | {"KMI_PLAN": None, "KMI_WAREHOUSE": None}
    with serve(answer) as site:
        plan = write_plan(folder, site.url)
        commands = (
            ["--debug", "run", "--now", "2026-11-24T06:00:00"],
            ["refused"],
            ["refused", "--json"],
            ["status", "--sources"],
            ["check", "--connect", "--now", "2026-11-24T06:00:00"],
            ["report", "--output", str(folder / "pages")],
            ["brief", "--output", str(folder / "brief")],
        )
        done = [CliRunner().invoke(main, [*command, "--plan", str(plan)], env=environment) for command in commands]
    assert len(site.received) > len(CASES)
    assert all(one.exception is None or isinstance(one.exception, SystemExit) for one in done), [
        one.exception for one in done
    ]
    return Sinks("\n".join(one.output for one in done), dict(texts_of(folder)))


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_sink_holds_the_key(sinks: Sinks, case: Case) -> None:
    forms = {form for encode in ENCODINGS.values() for form in (encode(case.key), json.dumps(encode(case.key))[1:-1])}
    forms |= {
        base64.b64encode(case.key.encode()).decode().rstrip("=")[:-1],
        f"canary/{case.name}",
        f"nary%2F{case.name}",
    }
    for form in forms:
        assert form.lower() not in sinks.output.lower()
        held = [name for name, text in sinks.texts.items() if form.lower().encode() in text.lower()]
        assert not held, f"{form} is in {held}"


@pytest.mark.slow
def test_the_sinks_were_all_written(sinks: Sinks) -> None:
    names = "\n".join(sinks.texts)
    for sink in (
        "tables/pulls",
        "tables/refused",
        "tables/observations",
        "published/pulls",
        "published/sources",
        "raw/",
    ):
        assert sink in names
    assert "pages/index.html" in names
    assert "repeats ${env:BEARER_UNREAD_PLAIN} in its response" in sinks.output
    assert "there is nothing at 'items' in the response" in sinks.output
    assert "***" in sinks.output


@pytest.mark.slow
def test_the_scan_would_find_a_key(tmp_path: Path) -> None:
    import pyarrow as pa
    from deltalake import write_deltalake

    write_deltalake(str(tmp_path / "t"), pa.table({"error": ["x canary/1 y"]}))
    assert DeltaTable(str(tmp_path / "t")).version() == 0
    assert any(b"canary/1" in text for _, text in texts_of(tmp_path))
