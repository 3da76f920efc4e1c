"""After a run over every provider no secret is in the warehouse, the messages, the logs or an error."""

import base64
import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote, quote_plus

import pyarrow.parquet as pq
import pytest
from ruamel.yaml import YAML

from flows.steps.context import Context, open_context
from flows.steps.refresh import RefreshRequest, RefreshResult, refresh
from sandbox.faults import ALWAYS, Fault
from sandbox.server import Sandbox, serve
from tests.providers.matrix import FOLDER, IMPATIENT, Provider, at_hour, providers

TODAY = "2026-11-24"
CARRIERS = ("Authorization", "X-Goog-Api-Key", "X-Umami-Api-Key", "X-Api-Key", "X-Key")


def secrets() -> dict[str, str]:
    return {
        f"{name}_{key}".upper(): str(value)
        for name in providers()
        for key, value in Provider(name).config.get("secrets", {}).items()
    }


def plan_of_all(folder: Path, url: str) -> Path:
    sources: dict[str, Any] = {}
    indicators: dict[str, Any] = {}
    for name in providers():
        text = Template((FOLDER / f"{name}.yaml").read_text(encoding="utf-8")).safe_substitute(url=url)
        for key in Provider(name).config.get("secrets", {}):
            text = text.replace(f"${{env:{key}}}", f"${{env:{f'{name}_{key}'.upper()}}}")
        config = YAML(typ="safe").load(text)
        sources[name] = {"since": date.fromisoformat(TODAY) - timedelta(days=5), **config["source"]}
        kind = "flow" if config.get("kind", "flow") == "flow" else "stock"
        indicators[name] = {
            "title": name,
            "unit": "things",
            "kind": kind,
            "of": [{"source": name, "metric": config["metric"]}],
        }
    path = folder / "plan.yaml"
    with path.open("w", encoding="utf-8") as file:
        YAML().dump(
            {
                "organisation": {"name": "Riverside", "time_zone": "Europe/London"},
                "sources": sources,
                "indicators": indicators,
            },
            file,
        )
    return path


class Everything(logging.Handler):
    """Keeps every record of every logger, formatted with its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with serve(date.fromisoformat(TODAY), seed=5) as running:
        running.clock.now = at_hour(TODAY)
        yield running


@pytest.fixture
def log() -> Iterator[Everything]:
    root, handler = logging.getLogger(), Everything()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


def ran(context: Context) -> RefreshResult:
    done = refresh(context, RefreshRequest())
    assert threading.active_count() < 50
    return done


def left_behind(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file, and the cells of every Parquet file, which are compressed on disk."""
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes()
            if path.suffix == ".parquet":
                for column in pq.read_table(path).columns:
                    yield (
                        path.name,
                        b"\n".join(
                            value if isinstance(value, bytes) else str(value).encode() for value in column.to_pylist()
                        ),
                    )


def forms(secret: str) -> set[bytes]:
    plain = secret.encode()
    return {plain, quote(secret, safe="").encode(), quote_plus(secret).encode(), base64.b64encode(plain).rstrip(b"=")}


def shown(sandbox: Sandbox) -> set[str]:
    """What the requests carried as proof of who asks: keys, and the tokens that providers gave."""
    return {seen.headers[name].split()[-1] for seen in sandbox.requests for name in CARRIERS if seen.headers.get(name)}


@pytest.mark.slow
def test_no_secret_is_left_behind(sandbox: Sandbox, tmp_path: Path, log: Everything) -> None:
    known, said = secrets(), list[str]()
    plan = plan_of_all(tmp_path, sandbox.url)

    def resolve(reference: str) -> str:
        return known[reference.removeprefix("${env:").removesuffix("}")]

    made = open_context(plan, tmp_path / "warehouse", resolve=resolve, log=said.append, clock=lambda: at_hour(TODAY))
    context = replace(made, retry_policy=IMPATIENT | {"timeout_s": (5, 30)})
    done = ran(context)
    assert not done.failed, done.failed
    assert {collected.source for collected in done.collected} == set(providers())
    for name in providers():
        sandbox.misbehave(Provider(name).config["route"], Fault.EXPIRED_TOKEN, times=ALWAYS)
    ran(context)
    sandbox.behave()
    for name in providers():
        sandbox.misbehave(Provider(name).config["route"], Fault.HTTP_500_THEN_OK, times=ALWAYS)
    ran(context)
    hidden = {form for secret in {*known.values(), *shown(sandbox)} if len(secret) > 5 for form in forms(secret)}
    assert len(hidden) > len(known)
    for where, text in [
        *left_behind(tmp_path / "warehouse"),
        ("said", "\n".join(said).encode()),
        ("log", "\n".join(log.lines).encode()),
    ]:
        found = [form for form in hidden if form in text]
        assert not found, f"{where} holds {found}"
    assert any("500" in line for line in said)


def test_the_scan_would_find_one(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_bytes(b"x" + base64.b64encode(b"geheim-123") + b"y")
    assert [name for name, text in left_behind(tmp_path) if any(form in text for form in forms("geheim-123"))] == [
        "note.txt"
    ]
