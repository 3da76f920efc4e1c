"""docs/fleet.md as a new operator follows it: the files, the commands in order, and the figures that it names."""

import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner
from lxml import html

from flows.cli import main
from tests.docs.test_docs import commands
from tests.markdown_blocks import file_blocks

PAGE = Path(__file__).resolve().parents[2] / "docs" / "fleet.md"


@pytest.mark.slow
def test_the_fleet_of_three_comes_from_nothing_to_the_comparison_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KMI_FLEET", raising=False)
    for name, text in file_blocks(PAGE):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    listed = [command for command in commands(PAGE) if not command.startswith("kmi fleet deploy")]
    assert [command.split()[2] for command in listed] == ["check", "run", "status", "report"]
    for command in listed:
        done = CliRunner().invoke(main, shlex.split(command)[1:])
        assert done.exit_code == 0, f"{command}: {done.output}"
    page = html.fromstring((tmp_path / "rivers-report" / "consortium" / "index.html").read_bytes())
    rows = [[" ".join(cell.text_content().split()) for cell in row] for row in page.xpath("//table[1]/tbody/tr")]
    by_period = {row[0]: row[1:] for row in rows if row[0] in {"Jan 2025", "Mar 2025"}}
    assert by_period == {
        "Jan 2025": ["6,920", "–", "3 of 3", "–"],
        "Mar 2025": ["–", "7,000", "2 of 3", "West Library (its figure is unknown)"],
    }
    headings = [" ".join(one.text_content().split()) for one in page.xpath("//h3")]
    assert headings[1:] == ["Visits: per hour open, Mar 2025", "Visits: per person served, Mar 2025"]
    assert (tmp_path / "rivers-report" / "members" / "west" / "index.html").is_file()
