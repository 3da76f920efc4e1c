"""docs/checks-of-the-plan.md: its example is checked again, and the messages that it quotes are in the code."""

import re
from pathlib import Path

from click.testing import CliRunner

from flows.cli import main
from tests.markdown_blocks import code_blocks

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = CHECKOUT / "docs" / "checks-of-the-plan.md"
NOW = ("--now", "2026-11-24T06:00:00")


def test_the_example_is_advised_as_the_page_says(tmp_path: Path) -> None:
    found = dict(code_blocks(PAGE))
    path = tmp_path / "plan.yaml"
    path.write_text(found["yaml plan smart"], encoding="utf-8")
    done = CliRunner().invoke(main, ["check", "--plan", str(path), *NOW])
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.replace(str(path), "plan.yaml") == found["text smart"]
    assert CliRunner().invoke(main, ["check", "--plan", str(path), "--strict", *NOW]).exit_code == 2


def test_the_example_of_a_whole_plan_needs_no_advice(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(dict(code_blocks(CHECKOUT / "docs" / "plan.md"))["yaml plan"], encoding="utf-8")
    done = CliRunner().invoke(main, ["check", "--plan", str(path), "--strict", *NOW])
    assert done.exit_code == 0, done.output


def test_what_the_page_quotes_is_said_by_the_code() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (CHECKOUT / "plan" / "smart").glob("*.py"))
    quoted = re.findall(r'"([a-z][^"|]*)"', re.sub(r"```.*?```", "", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL))
    assert len(quoted) > 30
    assert [one for one in quoted if " ".join(one.split()) not in code] == []


def test_every_letter_has_its_section() -> None:
    headings = re.findall(r"^## (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[1:] == ["Specific", "Measurable", "Attainable", "Relevant", "Time-bound"]
