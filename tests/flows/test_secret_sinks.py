"""The sinks of a run one by one: messages, artifacts, ledgers, commits, kept responses, faults, the terminal."""

import io
import sys
import traceback
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from flows.steps.context import open_context
from flows.steps.notify import notify
from flows.steps.redaction import (
    ErrorsWithoutSecrets,
    HiddenFaultError,
    page_without_secrets,
    response_without_secrets,
)
from flows.steps.refresh import RefreshRequest, refresh
from flows.terminal import redact_output
from sources.contract import RawPage
from sources.stored_body import SpooledBody
from sources.web.redaction import Redactor
from sources.web.saved_responses import SavedResponse
from tests.one_branch_library import ADA, FakeChannel, context_at, morning_after, write_one_branch_library
from warehouse.errors import RefusedError
from warehouse.foreign_text import FOREIGN_TEXT, redacted
from warehouse.frames import to_arrow
from warehouse.published_tables import published_in
from warehouse.pulls import Pull, record_failure
from warehouse.refusals import PullScope, record_refusals
from warehouse.schema import PULLS, REFUSED, Window
from warehouse.tables import Tables

KEY = "canary_sink_0815"
NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)


def redactor() -> Redactor:
    one = Redactor()
    one.remember(KEY, "${env:KEY}")
    return one


@pytest.mark.slow
def test_a_message_holds_no_secret(tmp_path: Path) -> None:
    plan = write_one_branch_library(tmp_path, 50, (1, 2), title=f"Visits {KEY}", due="2026-01-31", alerts="{}")
    refresh(context_at(plan, morning_after(1)), RefreshRequest())
    write_one_branch_library(tmp_path, 50, (1, 2), title=f"Visits {KEY}", due="2026-01-31")
    context, channel = context_at(plan, morning_after(1)), FakeChannel()
    context.redactor.remember(KEY)
    notify(context, published_in(context.root), channel)
    assert channel.sent
    for _, message in channel.sent:
        assert "canary" not in repr(message), "nor a part of it, where a text is cut"
        assert "Visits ***" in message.title


def test_an_artifact_holds_no_secret(tmp_path: Path) -> None:
    from flows.artifacts import refusal_rows

    context = context_at(write_one_branch_library(tmp_path, 24, ()), NOW)
    row = {
        **dict.fromkeys(REFUSED.names),
        "refused_id": "1",
        "source": "gates",
        "pull_id": "p",
        "raw_value": KEY,
        "reason": f"'{KEY}' is not a number",
        "origin": f"line 1 {KEY}",
        "action": "correct it",
        "gate": "parse",
    }
    unredacted = Tables(context.root)  # as an older version left it
    frame = pd.DataFrame([row]).astype({"start": "datetime64[us]", "end": "datetime64[us]", "value": "float64"})
    record_refusals(unredacted, frame, "gates", PullScope(), NOW)
    context.redactor.remember(KEY)
    rows, _ = refusal_rows(context)
    assert len(rows) == 1
    assert KEY.replace("_", "\\_") not in repr(rows).replace("\\\\", "\\")
    assert "canary" not in repr(rows)


def test_a_ledger_holds_no_secret(tmp_path: Path) -> None:
    context = context_at(write_one_branch_library(tmp_path, 24, ()), NOW)
    context.redactor.remember(KEY)
    pull = Pull("p", "gates", NOW, Window(NOW.date(), NOW.date() + timedelta(days=1)), "h")
    record_failure(context.tables, pull, f"answered 403 ({KEY})", NOW)
    assert context.tables.read(PULLS)["error"].to_pylist() == ["answered 403 (***)"]


def test_every_column_of_foreign_text_exists() -> None:
    from warehouse import schema

    tables = [table for table in vars(schema).values() if isinstance(table, schema.Table)]
    for name, columns in FOREIGN_TEXT.items():
        assert set(columns) <= {column for table in tables if table.name == name for column in table.names}, name


def test_a_column_without_a_secret_is_the_same_object() -> None:
    frame = pd.DataFrame([{**dict.fromkeys(REFUSED.names, "x"), "value": 1.0}])
    days = {name: pd.Timestamp("2026-01-01") for name in ("start", "end", "recorded_at")}
    data = to_arrow(frame.assign(**days), REFUSED)
    assert redacted(REFUSED.name, data, redactor().redact_data) is data


def test_a_kept_response_holds_no_secret() -> None:
    kept = SavedResponse("k", "https://h/", 200, NOW, b"", {"Link": f'<https://h/?page=2&key={KEY}>; rel="next"'})
    assert response_without_secrets(kept, redactor()).headers["Link"] == '<https://h/?page=2&key=***>; rel="next"'


def stored_page(lines: list[str]) -> RawPage:
    body = SpooledBody.of_blocks(f"{line}\n".encode() for line in lines)
    return RawPage("web", Window(NOW.date(), NOW.date() + timedelta(days=1)), 0, "access.log", 200, NOW, body)


@pytest.mark.parametrize("block_bytes", [1, 7, 30, 10_000])
def test_a_large_body_is_cleaned_block_by_block_as_it_is_as_a_whole(
    monkeypatch: pytest.MonkeyPatch, block_bytes: int
) -> None:
    monkeypatch.setattr("flows.steps.redaction.BLOCK_BYTES", block_bytes)
    page = stored_page(["a", f"GET /?key={KEY} HTTP", "", KEY.upper(), "Bücher", f"{KEY}{KEY}"])
    clean = page_without_secrets(page, redactor())
    assert isinstance(clean.content, SpooledBody)
    assert clean.body == redactor().redact_body(page.body)[0]
    assert b"canary" not in clean.body.lower()


def test_a_large_body_without_a_secret_is_read_in_blocks_and_stays_where_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sizes: list[int] = []

    class Watched(Redactor):
        def redact_body(self, body: bytes) -> tuple[bytes, list[str]]:
            sizes.append(len(body))
            return super().redact_body(body)

    monkeypatch.setattr("flows.steps.redaction.BLOCK_BYTES", 100)
    page, watched = stored_page(["0123456789" * 3] * 100), Watched()
    watched.remember(KEY)
    assert page_without_secrets(page, watched).content is page.content
    assert sum(sizes) == page.size
    assert max(sizes) <= 100 + 31


def test_an_error_leaves_a_step_without_secrets_in_all_its_parts() -> None:
    error = RefusedError(f"no {KEY}", where=KEY, do=f"renew {KEY}")
    with pytest.raises(RefusedError) as caught, ErrorsWithoutSecrets(redactor().redact_text):
        raise error from KeyError(KEY)
    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert (caught.value.what, caught.value.where, caught.value.do) == ("no ***", "***", "renew ***")


def test_an_unexpected_fault_with_a_secret_is_named_by_its_place_only() -> None:
    place = r"unexpected fault in kmi \(KeyError in .*test_secret_sinks"
    with pytest.raises(HiddenFaultError, match=place) as caught, ErrorsWithoutSecrets(redactor().redact_text):
        raise KeyError(KEY)
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_an_unexpected_fault_without_a_secret_stays_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError), ErrorsWithoutSecrets(redactor().redact_text):
        1 / 0  # noqa: B018 - it is the fault


def test_the_terminal_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    redact_output(redactor())
    redact_output(redactor())
    print(f"a {KEY}")
    sys.stderr.writelines([f"b {KEY}\n"])
    assert (out.getvalue(), err.getvalue()) == ("a ***\n", "b ***\n")


def test_a_secret_that_is_too_short_is_named_once(tmp_path: Path) -> None:
    lines: list[str] = []
    plan = write_one_branch_library(tmp_path, 24, ())
    context = open_context(plan, tmp_path / "w", resolve=lambda _: "abc", log=lines.append)
    context.resolve(ADA)
    context.resolve(ADA)
    assert lines == [f"{ADA} has fewer than 4 characters and cannot be hidden in what is written: renew it"]


def test_the_log_holds_no_secret(tmp_path: Path) -> None:
    lines: list[str] = []
    plan = write_one_branch_library(tmp_path, 24, ())
    context = open_context(plan, tmp_path / "w", resolve=lambda _: KEY, log=lines.append)
    context.resolve(ADA)
    context.log(f"gates: {KEY}")
    assert lines == ["gates: ***"]
