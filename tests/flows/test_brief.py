"""``kmi brief`` from the command line, over a warehouse of its own."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flows.cli import main
from flows.steps.refresh import RefreshRequest, refresh
from tests.forked_runs import context_of
from tests.one_branch_library import write_one_branch_library


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    written = write_one_branch_library(tmp_path_factory.mktemp("library"), 54, (3, 4, 5), alerts="{}")
    context = context_of(written, written.parent / "warehouse", datetime(2026, 7, 3, 6, tzinfo=UTC))
    assert not refresh(context, RefreshRequest()).failed
    return written


def brief(plan: Path, *options: str | Path) -> Result:
    return CliRunner().invoke(
        main, ["brief", "--plan", str(plan), "--warehouse", str(plan.parent / "warehouse"), *map(str, options)]
    )


@pytest.mark.slow
def test_both_forms_are_written_and_say_the_same_again(plan: Path, tmp_path: Path) -> None:
    first, again = (brief(plan, "--output", tmp_path / name) for name in ("first", "again"))
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert (tmp_path / "first/brief.pdf").read_bytes().startswith(b"%PDF-")
    assert "<h1>Hill Library: where the plan stands</h1>" in (tmp_path / "first/brief.html").read_text(encoding="utf-8")
    for name in ("brief.pdf", "brief.html"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_an_unknown_objective_is_refused(plan: Path, tmp_path: Path) -> None:
    refused = brief(plan, "--output", tmp_path, "--objective", "fame")
    assert refused.exit_code == 2
    assert "name one of 'reach'" in refused.output
    assert not list(tmp_path.iterdir())


def test_a_file_is_no_folder(plan: Path, tmp_path: Path) -> None:
    refused = brief(plan, "--output", tmp_path / "brief.pdf")
    assert refused.exit_code == 2
    assert "name a folder with --output" in refused.output


def test_nothing_published_says_what_to_do(plan: Path, tmp_path: Path) -> None:
    empty = CliRunner().invoke(
        main, ["brief", "--plan", str(plan), "--warehouse", str(tmp_path), "--output", str(tmp_path / "out")]
    )
    assert empty.exit_code == 2
    assert "run 'kmi run'" in empty.output
