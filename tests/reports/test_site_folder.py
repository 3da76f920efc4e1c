"""The folder of the site is replaced whole or left as it was, and no other files are lost."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.cli import main
from reports.site.file_names import MARKER
from reports.site.folder import LEFTOVER_AGE_S, write_folder
from tests.plan_texts import write_plan
from tests.reports.site_rows import Page
from warehouse.errors import ConfigError, RefusedError

FIRST = [("index.html", b"one"), ("indicator-old.html", b"gone soon"), (MARKER, b"ours")]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_site_replaces_the_one_before_whole(tmp_path: Path) -> None:
    write_folder(tmp_path / "site", FIRST)
    write_folder(tmp_path / "site", [("index.html", b"two"), (MARKER, b"ours")])
    assert names(tmp_path / "site") == {"index.html", MARKER}
    assert (tmp_path / "site" / "index.html").read_bytes() == b"two"
    assert names(tmp_path) == {"site"}


def test_a_site_that_fails_half_way_leaves_the_one_before(tmp_path: Path) -> None:
    def failing() -> Iterator[tuple[str, bytes]]:
        yield "index.html", b"two"
        assert (tmp_path / "site" / "index.html").read_bytes() == b"one", "readers see the old one until all is written"
        raise ConfigError("nothing has been published here yet")

    write_folder(tmp_path / "site", FIRST)
    with pytest.raises(ConfigError):
        write_folder(tmp_path / "site", failing())
    assert (tmp_path / "site" / "index.html").read_bytes() == b"one"
    assert names(tmp_path) == {"site"}


def test_what_a_killed_run_left_goes_with_a_later_one_and_what_still_writes_stays(tmp_path: Path) -> None:
    for pid, age in (("1", 2 * LEFTOVER_AGE_S), ("2", 0)):
        for end in ("part", "old"):
            left = tmp_path / f".site.{pid}.{end}"
            left.mkdir()
            os.utime(left, (left.stat().st_mtime - age,) * 2)
    write_folder(tmp_path / "site", FIRST)
    assert names(tmp_path) == {"site", ".site.2.part", ".site.2.old"}


@pytest.mark.skipif(os.name == "nt", reason="symbolic links and modes are those of POSIX")
def test_a_link_to_the_folder_stays_a_link_and_who_may_read_it_stays(tmp_path: Path) -> None:
    write_folder(tmp_path / "share" / "site", FIRST)
    (tmp_path / "share" / "site").chmod(0o2750)
    (tmp_path / "link").symlink_to(tmp_path / "share" / "site")
    write_folder(tmp_path / "link", [("index.html", b"two"), (MARKER, b"ours")])
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "share" / "site" / "index.html").read_bytes() == b"two"
    assert (tmp_path / "share" / "site").stat().st_mode & 0o7777 == 0o2750


def test_a_folder_that_cannot_be_moved_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_folder(tmp_path / "site", FIRST)
    moved = Path.rename

    def busy(self: Path, target: Path) -> Path:
        """As for a volume that is mounted at the folder."""
        if self.name == "site":
            raise OSError(errno.EBUSY, "Device or resource busy")
        return moved(self, target)

    monkeypatch.setattr(Path, "rename", busy)
    with pytest.raises(RefusedError, match="busy"):
        write_folder(tmp_path / "site", [("index.html", b"two")])
    assert (tmp_path / "site" / "index.html").read_bytes() == b"one"
    assert names(tmp_path) == {"site"}


def test_a_new_site_that_cannot_take_its_place_gives_it_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_folder(tmp_path / "site", FIRST)
    moved = Path.rename

    def full(self: Path, target: Path) -> Path:
        if self.suffix == ".part":
            raise OSError(errno.ENOSPC, "No space left on device")
        return moved(self, target)

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(RefusedError, match="No space"):
        write_folder(tmp_path / "site", [("index.html", b"two")])
    assert (tmp_path / "site" / "index.html").read_bytes() == b"one"


def test_a_folder_with_other_files_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "one.jpg").write_bytes(b"dear")
    with pytest.raises(ConfigError, match="holds other files"):
        write_folder(tmp_path / "photos", FIRST)
    assert names(tmp_path / "photos") == {"one.jpg"}


def test_a_file_or_a_name_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "page").write_text("mine", encoding="utf-8")
    for name in ("page", "page.html"):
        with pytest.raises(ConfigError, match="names a file"):
            write_folder(tmp_path / name, FIRST)


def test_the_command_writes_the_site_from_what_was_published(tmp_path: Path) -> None:
    plan = write_plan(tmp_path)
    (tmp_path / "visits.csv").write_text("Library,2025-01\nHill,10\n", encoding="utf-8")
    output = tmp_path / "scorecard"
    command = ["report", "--plan", str(plan), "--output", str(output)]
    before = CliRunner().invoke(main, command)
    assert (before.exit_code, "kmi run" in before.stderr, output.exists()) == (2, True, False)
    assert CliRunner().invoke(main, ["run", "--plan", str(plan)]).exit_code == 0
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    assert names(output) == {
        "index.html",
        "activities.html",
        "sources.html",
        "history.html",
        "indicator-visits.html",
        "pictures",
        MARKER,
    }
    assert {name.split("-")[-1] for name in names(output / "pictures")} == {"course.csv", "course.svg"}
    assert "Riverside Library" in Page((output / "index.html").read_text(encoding="utf-8")).text
    assert CliRunner().invoke(main, [*command, "--language", "de"]).exit_code == 0
    assert "Wo der Plan steht" in (output / "index.html").read_text(encoding="utf-8")
    assert CliRunner().invoke(main, [*command, "--language", "tlh"]).exit_code == 2
