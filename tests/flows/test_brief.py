"""``kmi brief`` from the command line, over a warehouse of its own."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from docx import Document
from pptx import Presentation

from flows.cli import main
from flows.steps.refresh import RefreshRequest, refresh
from tests.forked_runs import context_of
from tests.one_branch_library import write_one_branch_library

FORMS = ("pptx", "docx", "pdf")


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
    shown = (tmp_path / "first/brief.html").read_text(encoding="utf-8")
    assert "<title>Hill Library: where the plan stands</title>" in shown
    for name in ("brief.pdf", "brief.html"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("code", ["en", "de", "fr"])
def test_slides_and_document_are_written_in_each_language(plan: Path, tmp_path: Path, code: str) -> None:
    done = brief(plan, "--output", tmp_path, "--to", "pptx", "--to", "docx", "--to", "pdf", "--language", code)
    assert done.exit_code == 0
    assert done.output.strip() == f"written {' and '.join(str(tmp_path / f'brief.{end}') for end in FORMS)}"
    assert {path.name for path in tmp_path.iterdir()} == {f"brief.{end}" for end in FORMS}
    first = Presentation(str(tmp_path / "brief.pptx")).slides[0].shapes.title
    heading = next(one for one in Document(str(tmp_path / "brief.docx")).paragraphs if one.style.name == "Heading 1")
    assert first is not None
    assert first.text_frame.text == heading.text


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
