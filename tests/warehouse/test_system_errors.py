"""Any path that a file system allows works or is refused at once, and no fault of the system shows a traceback."""

import errno
import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from filelock import FileLock

from flows.cli import main
from tests.plan_texts import write_plan
from warehouse.errors import ConfigError, KmiError, RefusedError, RetryableError
from warehouse.root import LocalRoot
from warehouse.system_errors import error_from_os, os_errors

WORKS = ["a b", "aäb", "a'b", "a*b", "a{b}", "a&b=c", "~x", "a%b", "a,b", "a$b", "a:b", "a;b", "...", "\U0001f600"]
REFUSED = ["a#b", "a?b", "a[b]", "a|b", "a%20b", "a\\b", "a^b", "a\nb", "a\x7fb", "a\udcffb"]
LINUX = pytest.mark.skipif(os.name == "nt", reason="Windows allows none of these characters")


def run(folder: Path, *command: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, [*command, "--plan", str(folder / "plan.yaml")])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def planned(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    write_plan(folder)
    (folder / "visits.csv").write_text("Library,2025-01\nHill,10\n", encoding="utf-8")
    return folder


@LINUX
@pytest.mark.slow
@pytest.mark.parametrize("name", WORKS)
def test_a_warehouse_in_a_folder_of_any_other_name_works(tmp_path: Path, name: str) -> None:
    folder = planned(tmp_path / name)
    assert run(folder, "run")[0] == 0
    (folder / "visits.csv").write_text("Library,2025-01,2025-02\nHill,10,20\n", encoding="utf-8")
    code, output = run(folder, "run")
    assert code == 0
    assert "1 new" in output
    assert run(folder, "status")[0] == 0


@LINUX
@pytest.mark.parametrize("name", REFUSED)
def test_a_folder_whose_tables_would_be_lost_is_refused_before_anything_is_written(tmp_path: Path, name: str) -> None:
    folder = planned(tmp_path / name)
    for command in ("run", "status"):
        code, output = run(folder, command)
        assert code == 2
        assert "the tables cannot be kept in a folder whose path holds" in output
        assert "rename the folder, or name another one with --warehouse" in output
    assert not (folder / "kmi-warehouse").exists()


@pytest.mark.parametrize(
    ("number", "kind", "says"),
    [
        (errno.EROFS, RefusedError, "the file system is read-only: mount it for writing"),
        (errno.EACCES, RefusedError, "no permission to write here: give the user that runs kmi write access"),
        (errno.EPERM, RefusedError, "no permission to write here"),
        (errno.ENOSPC, RetryableError, "could not write .No space left on device.: free space"),
        (errno.EIO, RetryableError, "could not write .Input/output error.: free space or repair the disk"),
        (errno.ESTALE, RetryableError, "could not write"),
        (errno.ENAMETOOLONG, ConfigError, "the path is too long"),
    ],
)
def test_each_fault_of_the_system_says_what_to_do(number: int, kind: type[KmiError], says: str) -> None:
    with pytest.raises(kind, match=f"/w/a: {says}"), os_errors("/w/a"):
        raise OSError(number, os.strerror(number), "/w/a")


def test_a_file_that_is_not_there_is_still_not_there() -> None:
    with pytest.raises(FileNotFoundError), os_errors("/w/a", "read"):
        raise FileNotFoundError(errno.ENOENT, "no", "/w/a")
    assert isinstance(error_from_os(OSError(), "x"), RetryableError)


def read_only(*_: object, **__: object) -> None:
    raise OSError(errno.EROFS, os.strerror(errno.EROFS), "kmi.lock")


def test_a_read_only_warehouse_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = planned(tmp_path)
    monkeypatch.setattr(FileLock, "acquire", read_only)
    code, output = run(folder, "run")
    assert code == 1
    assert re.search(r"kmi\.lock: the file system is read-only: mount it for writing", output.replace("\n", ""))


def test_status_of_what_may_not_be_read_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(self: Path) -> bytes:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))

    folder = planned(tmp_path)
    LocalRoot(folder / "kmi-warehouse").write({"published/verdicts.parquet": b"x"})
    monkeypatch.setattr(Path, "read_bytes", forbidden)
    code, output = run(folder, "status")
    assert code == 1
    assert "no permission to read here: give the user that runs kmi read access" in output


def test_a_fault_of_the_system_anywhere_else_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.commands.status.published_at", read_only)
    code, output = run(planned(tmp_path), "status")
    assert code == 1
    assert "the file system is read-only" in output


def test_a_source_that_meets_a_fault_of_the_system_never_stops_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.steps.collect.land", read_only)
    code, output = run(planned(tmp_path), "run")
    assert code == 1
    assert "gates: FAILED: kmi.lock: the file system is read-only" in output
    assert "unexpected fault" not in output
