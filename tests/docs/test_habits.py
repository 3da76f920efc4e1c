"""Issue forms that a platform can read, hooks that run the locked programs, and no invented address."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

CHECKOUT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((CHECKOUT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
FORMS = [path for path in TEMPLATES if path.name != "config.yml"]
KINDS = {"markdown", "textarea", "input", "dropdown", "checkboxes"}
HOOKS: list[dict[str, Any]] = [
    hook for repo in YAML(typ="safe").load(CHECKOUT / ".pre-commit-config.yaml")["repos"] for hook in repo["hooks"]
]


@pytest.mark.parametrize("form", FORMS, ids=lambda path: path.stem)
def test_an_issue_form_has_what_a_platform_needs(form: Path) -> None:
    read = YAML(typ="safe").load(form)
    assert read["name"]
    assert read["description"]
    assert {part["type"] for part in read["body"]} <= KINDS
    asked = [part for part in read["body"] if part["type"] != "markdown"]
    assert len({part["id"] for part in asked}) == len(asked)
    assert all(part["attributes"]["label"] for part in asked)
    assert any(part.get("validations", {}).get("required") for part in asked)


def test_what_a_template_names_is_there() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (*TEMPLATES, CHECKOUT / ".github/PULL_REQUEST_TEMPLATE.md")]
    named = {name for text in texts for name in re.findall(r"\b(?:docs/)?(?:[\w-]+/)?[\w-]+\.md\b", text)}
    assert {"SECURITY.md", "CHANGELOG.md", "docs/add-a-source.md"} <= named
    assert [name for name in named if not (CHECKOUT / name).is_file()] == []


def test_the_hooks_run_programs_of_the_project() -> None:
    lock = (CHECKOUT / "uv.lock").read_text(encoding="utf-8")
    programs = {hook["entry"].split()[0] for hook in HOOKS if hook["language"] == "system"}
    assert programs == {".venv/bin/ruff", ".venv/bin/mypy"}
    assert all(f'name = "{Path(program).name}"' in lock for program in programs)


@pytest.mark.parametrize(
    ("message", "refused"),
    [("x" * 71, False), ("x" * 72, True), (f"Short\n\n{'x' * 99}\n", False), (f"{'x' * 72}\n\nbody", True)],
)
def test_a_long_subject_is_refused_and_a_long_line_below_is_not(message: str, refused: bool) -> None:
    (hook,) = [hook for hook in HOOKS if hook["stages"] == ["commit-msg"]]
    assert hook["args"] == ["--multiline"]
    assert bool(re.search(hook["entry"], message, re.MULTILINE | re.DOTALL)) is refused


def test_an_editor_and_ruff_agree_on_the_length_of_a_line() -> None:
    ruff = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]
    assert f"max_line_length = {ruff['line-length']}\n" in (CHECKOUT / ".editorconfig").read_text(encoding="utf-8")


def test_no_address_is_invented_for_reports() -> None:
    for name in ("SECURITY.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md"):
        assert not re.search(r"[\w.]+@[\w.]+|https?://", (CHECKOUT / name).read_text(encoding="utf-8")), name
