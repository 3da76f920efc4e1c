"""``kmi health``: what it prints, how it exits, and that people are notified once when the runs stop."""

import base64
import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.commands.health import parse_duration
from flows.steps import notify as step
from flows.steps.refresh import RefreshRequest, refresh
from tests.flows.test_cli import kmi
from tests.forked_runs import CHECKOUT, clean_environment
from tests.loopback import ReceivedRequest, Reply, serve
from tests.one_branch_library import ADA, FakeChannel, context_at, notify_published, write_one_branch_library
from warehouse.errors import ConfigError
from warehouse.last_run import last_finish, record_finish
from warehouse.object_root import ObjectRoot
from warehouse.root import LocalRoot, open_root
from warehouse.schema import NOTICES

RAN = datetime(2026, 3, 3, 5, tzinfo=UTC)
MAILED = {"ADA": "json://ada:s3cret@127.0.0.1"}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library in which one run finished, on 3 March 2026 at 05:00 UTC."""
    folder = tmp_path_factory.mktemp("ran")
    assert not refresh(context_at(write_one_branch_library(folder, 50, ()), RAN), RefreshRequest()).failed
    return folder


@pytest.fixture
def library(ran: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    shutil.copytree(ran, folder)
    return folder


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> FakeChannel:
    postbox = FakeChannel()
    monkeypatch.setattr(step, "_send", postbox)
    return postbox


def at(folder: Path, hours: float) -> tuple[str, ...]:
    """The arguments with which ``kmi health`` is called so many hours after the run."""
    now = f"{RAN + timedelta(hours=hours):%Y-%m-%dT%H:%M:%S}"
    return ("--plan", str(folder / "plan.yaml"), "--warehouse", str(folder / "warehouse"), "--now", now)


def health(folder: Path, hours: float, *arguments: str) -> tuple[int, str, str]:
    done = kmi("health", *at(folder, hours), *arguments, PREFECT_API_URL=None, **MAILED)
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize(("text", "minutes"), [("90m", 90), ("26h", 1560), ("2d", 2880), (" 1h ", 60)])
def test_a_duration_is_read(text: str, minutes: int) -> None:
    assert parse_duration(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["", "26", "0h", "-1h", "1.5h", "26 h", "h", "26hours", "1w", "99999d"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="write 26h, 90m or 2d"):
        parse_duration(text)


def test_a_wrong_duration_exits_2_and_says_what_to_write(library: Path) -> None:
    code, out, err = health(library, 1, "--within", "soon")
    assert (code, out) == (2, "")
    assert err == "--within: 'soon' is not a duration: write 26h, 90m or 2d\n"


@pytest.mark.parametrize(
    ("hours", "age"), [(0, "0 minutes"), (1 / 60, "1 minute"), (1.5, "90 minutes"), (3, "3 hours"), (26, "26 hours")]
)
def test_a_run_that_finished_in_time_is_one_line_on_the_output(library: Path, hours: float, age: str) -> None:
    assert health(library, hours) == (0, f"A run finished on 2026-03-03 05:00 UTC, {age} ago.\n", "")


def test_a_run_too_long_ago_is_one_line_on_the_error_output(library: Path, box: FakeChannel) -> None:
    code, out, err = health(library, 26.1)
    assert (code, out) == (1, "")
    assert err == (
        f"{library / 'warehouse'}: the last run finished on 2026-03-03 05:00 UTC, 26 hours ago: "
        "run 'kmi run' by hand, and look at the log of cron or Prefect\n"
    )
    assert health(library, 26.1, "--within", "2d")[0] == 0
    assert health(library, 1, "--within", "59m")[0] == 1


def test_a_warehouse_in_which_no_run_has_finished_is_unhealthy(library: Path, box: FakeChannel) -> None:
    shutil.rmtree(library / "warehouse")
    code, _, err = health(library, 1)
    assert code == 1
    assert "no run has finished yet: run 'kmi run' by hand" in err
    assert health(library, 30)[0] == 1
    assert len(box.sent) == 1, "once, whenever it is asked"


def run_again(folder: Path, hours: float) -> None:
    """What a run does at its end, as far as health is concerned: notify, and record that it finished."""
    context = context_at(folder / "plan.yaml", RAN + timedelta(hours=hours))
    notify_published(context)
    record_finish(context.root, context.clock())


@pytest.mark.slow
def test_people_are_notified_once_and_the_next_run_tells_its_end(library: Path, box: FakeChannel) -> None:
    for hours in (27, 28, 54):
        assert health(library, hours)[0] == 1
    assert box.titles == ["runs: none has finished in time"]
    ((address, post),) = box.sent
    assert address == MAILED["ADA"]
    assert "  Since: 4 Mar 2026\n  Last run: finished on 3 Mar 2026, 05:00 UTC\n" in post.text
    assert not refresh(context_at(library / "plan.yaml", RAN + timedelta(hours=55)), RefreshRequest()).failed
    run_again(library, 56)
    assert box.titles[1:] == ["runs: they finish again"]
    assert "  Began: 4 Mar 2026\n  Seen to be over on: 5 Mar 2026\n" in box.sent[1][1].text
    assert health(library, 56)[0] == 0


def test_runs_that_stop_a_second_time_are_told_again(library: Path, box: FakeChannel) -> None:
    assert health(library, 27)[0] == 1
    run_again(library, 30)
    assert health(library, 60)[0] == 1
    assert box.titles == [
        "runs: none has finished in time",
        "runs: they finish again",
        "runs: none has finished in time",
    ]


def test_runs_that_stay_away_are_told_again_after_more_than_two_weeks(library: Path, box: FakeChannel) -> None:
    for days in (2, 15, 24, 25):
        assert health(library, 24 * days)[0] == 1
    assert box.titles == [
        "runs: none has finished in time",
        "Still: runs: none has finished in time",
    ]


def test_the_ledger_has_only_what_was_told(library: Path, box: FakeChannel) -> None:
    for hours in (27, 28):
        health(library, hours)
    context = context_at(library / "plan.yaml", RAN)
    rows = context.tables.read(NOTICES, "kind = 'run_overdue'").to_pylist()
    assert sorted((row["recipient"], row["outcome"], row["subject"]) for row in rows) == [
        (ADA, "sending", "runs"),
        (ADA, "told", "runs"),
    ]


def test_a_route_for_some_indicators_hears_nothing_of_it(library: Path, box: FakeChannel) -> None:
    write_one_branch_library(library, 50, (), alerts=f'{{routes: [{{to: "{ADA}", owners: [Ada]}}]}}')
    assert health(library, 27)[0] == 1
    assert box.sent == []
    write_one_branch_library(library, 50, (), alerts=f'{{routes: [{{to: "{ADA}", owners: [Ada], sources: true}}]}}')
    assert health(library, 27)[0] == 1
    assert len(box.sent) == 1


def test_a_message_that_does_not_leave_is_said_and_tried_again(library: Path, box: FakeChannel) -> None:
    box.refuse = "it answered 500"
    code, _, err = health(library, 27)
    assert code == 1
    assert err.splitlines()[1] == "NOT NOTIFIED: ${env:ADA}: it answered 500"
    box.refuse = ""
    assert health(library, 28)[2].count("\n") == 1
    assert len(box.sent) == 1


def test_a_plan_with_a_fault_is_unhealthy_and_says_that_nobody_was_told(library: Path) -> None:
    (library / "plan.yaml").write_text("organisation: {}\n", encoding="utf-8")
    code, _, err = health(library, 27)
    assert code == 1
    assert "NOT NOTIFIED: everyone: " in err
    assert health(library, 1)[0] == 0, "a run finished: whether the plan still holds together is told by the next one"


def test_people_are_notified_while_a_run_that_hangs_holds_the_warehouse(library: Path, box: FakeChannel) -> None:
    from warehouse.lock import hold_lock

    with hold_lock(open_root(library / "warehouse"), wait_s=0, log=lambda _: None):
        assert health(library, 27)[0] == 1
    assert len(box.sent) == 1


def test_kmi_alerts_lists_it_and_it_can_be_acknowledged(library: Path, box: FakeChannel) -> None:
    health(library, 27)
    listed = json.loads(kmi("alerts", *at(library, 28), "--json").stdout)["notices"]
    (notice,) = [one for one in listed if one["kind"] == "run_overdue"]
    assert (notice["subject"], notice["since"], notice["told"]) == ("runs", "2026-03-04", [ADA])
    done = kmi("alerts", *at(library, 28), "--acknowledge", notice["notice_id"], "--by", "Ada")
    assert done.stdout.startswith("Acknowledged: runs: none has finished in time")
    assert health(library, 24 * 30)[0] == 1
    assert len(box.sent) == 1
    run_again(library, 24 * 31)
    after = json.loads(kmi("alerts", *at(library, 24 * 31), "--json").stdout)["notices"]
    assert [one for one in after if one["kind"] == "run_overdue"] == []


def test_as_json_is_one_document(library: Path, box: FakeChannel) -> None:
    code, out, err = health(library, 2, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == {
        "healthy": True,
        "last_finish": "2026-03-03T05:00:00+00:00",
        "troubles": [],
        "told": {},
        "not_told": {},
    }
    code, out, err = health(library, 27, "--json")
    assert (code, err) == (1, "")
    document = json.loads(out)
    assert (document["healthy"], len(document["troubles"]), document["told"]) == (False, 1, {ADA: 1})


@pytest.mark.slow
def test_a_run_with_a_failed_source_has_finished(library: Path) -> None:
    (library / "visits.csv").unlink()
    assert refresh(context_at(library / "plan.yaml", RAN + timedelta(hours=24)), RefreshRequest()).failed
    assert last_finish(open_root(library / "warehouse")) == RAN + timedelta(hours=24)


def test_a_run_that_is_stopped_before_its_end_has_not_finished(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("warehouse.tables.Tables.tidy", die)  # the last step of a run
    with pytest.raises(KeyboardInterrupt):
        refresh(context_at(library / "plan.yaml", RAN + timedelta(hours=24)), RefreshRequest())
    assert last_finish(open_root(library / "warehouse")) == RAN


def test_half_a_record_is_swept_by_the_next_run(library: Path) -> None:
    half = library / "warehouse" / ".last_run.json.1.part"
    half.write_bytes(b"{")
    LocalRoot(library / "warehouse").sweep()
    assert not half.exists()


def test_the_record_is_kept_in_an_object_store_too() -> None:
    from obstore.store import MemoryStore

    root = ObjectRoot("memory:///")
    root.store = MemoryStore()
    assert last_finish(root) is None
    record_finish(root, RAN)
    assert last_finish(root) == RAN


def test_a_server_that_does_not_answer_is_one_line(library: Path) -> None:
    done = kmi("health", *at(library, 1), PREFECT_API_URL="http://127.0.0.1:9/api")
    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("http://127.0.0.1:9/api: the Prefect server does not answer (ConnectionError): start it")


@pytest.mark.parametrize(("auth", "said"), [(None, "refuses access"), ("kmi:s3:cret", "has an active schedule")])
def test_the_server_is_asked_with_the_auth_string(library: Path, auth: str | None, said: str) -> None:
    wanted = f"Basic {base64.b64encode(b'kmi:s3:cret').decode()}"

    def reply(asked: ReceivedRequest) -> Reply:
        return Reply(b"[]") if asked.headers.get("Authorization") == wanted else Reply(b"{}", 401)

    with serve(reply) as site:
        done = kmi("health", *at(library, 1), PREFECT_API_URL=f"{site.url}/api", PREFECT_API_AUTH_STRING=auth)
    (line,) = done.stderr.splitlines()
    assert done.exit_code == 1
    assert said in line
    assert "cret" not in line


def test_an_address_that_is_not_a_prefect_server_is_one_line(library: Path) -> None:
    with serve(lambda _: Reply(b"<html>", 404)) as site:
        done = kmi("health", *at(library, 1), PREFECT_API_URL=site.url, PREFECT_API_AUTH_STRING=None)
    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    assert (
        line == f"{site.url}: the Prefect server does not answer (HTTPError 404): start it, or correct PREFECT_API_URL"
    )


def test_a_healthy_check_imports_nothing_heavy(library: Path) -> None:
    code = "import sys\nfrom flows.cli import main\ntry:\n    main(sys.argv[1:])\nfinally:\n    print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code, "health", *at(library, 1)],
        env={name: value for name, value in clean_environment().items() if not name.startswith("PREFECT_")},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    line, modules = done.stdout.splitlines()
    assert line.startswith("A run finished on 2026-03-03")
    assert not {"prefect", "deltalake", "great_expectations", "requests"} & set(modules.split())
