"""docs/glossary.md against the code: its names exist, each published column has a term, no name has an avoided word."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from warehouse import schema
from warehouse.schema.fleet import FLEET_TABLES

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = CHECKOUT / "docs" / "glossary.md"
PACKAGES = ("plan", "sources", "warehouse", "transforms", "reports", "flows", "sandbox")
ROW = re.compile(r"^\| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
QUOTED = re.compile(r"`([^`]+)`")
CLASS_NAME = re.compile(r"(?:[A-Z][a-z]+)+")
WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
PUBLISHED = [*(getattr(schema, name) for name in dir(schema) if name.startswith("PUBLISHED_")), *FLEET_TABLES]
FIELDS_OF_TABLES = {"told_as"}
"""Columns of ledgers: a contract with warehouses that exist."""


def terms() -> list[tuple[str, str, str]]:
    """Term, meaning and where used."""
    table = PAGE.read_text(encoding="utf-8").partition("\n## ")[0]
    return [row for row in ROW.findall(table) if row[0] not in {"Term", "---"}]


def avoided_words() -> set[str]:
    """The first column of the table of words that we do not use."""
    section = PAGE.read_text(encoding="utf-8").partition("## Words that we do not use")[2]
    rows = re.findall(r"^\| ([a-z, ]+) \|", section, re.MULTILINE)
    return {word for row in rows for word in row.split(", ")}


def named(tree: ast.Module) -> Iterator[str]:
    """The names of classes, of their fields, and of functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        if isinstance(node, ast.ClassDef):
            yield from (
                f.target.id for f in node.body if isinstance(f, ast.AnnAssign) and isinstance(f.target, ast.Name)
            )


def avoided_names(stem: str, source: str) -> list[str]:
    """The names in a module, and its own, that hold an avoided word."""
    names = {stem, *named(ast.parse(source))} - FIELDS_OF_TABLES
    return sorted(name for name in names if avoided_words() & {word.lower() for word in WORDS.findall(name)})


def modules() -> dict[str, str]:
    """The text of each module by its path."""
    paths = (path for package in PACKAGES for path in (CHECKOUT / package).rglob("*.py"))
    return {path.relative_to(CHECKOUT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def test_every_term_has_one_line_and_the_terms_are_in_order() -> None:
    names = [term for term, _, _ in terms()]
    assert len(names) > 60
    assert names == sorted(set(names), key=str.lower)
    assert all(len(meaning) <= 120 and not meaning.endswith(".") for _, meaning, _ in terms())


@pytest.mark.parametrize("table", PUBLISHED, ids=lambda table: table.name)
def test_every_published_table_and_column_has_a_term(table: schema.Table) -> None:
    used = {quoted for _, _, where in terms() for quoted in QUOTED.findall(where)}
    file = "observations-YYYY.parquet" if table.name == "observations" else f"{table.name}.parquet"
    assert file in used
    assert set(table.names) <= used


def test_every_class_that_the_glossary_names_exists() -> None:
    code = "\n".join(modules().values())
    classes = set(re.findall(r"^class (\w+)", code, re.MULTILINE))
    quoted = {name for _, _, where in terms() for name in QUOTED.findall(where) if CLASS_NAME.fullmatch(name)}
    assert len(quoted) > 15
    assert quoted <= classes


def test_every_path_that_the_glossary_names_exists() -> None:
    paths = {path for _, _, where in terms() for path in re.findall(r"(?<!`)\b(?:\w+/)+\w+(?:\.py)?", where)}
    assert len(paths) > 8
    assert not {path for path in paths if not (CHECKOUT / path).exists()}


def test_no_name_holds_a_word_that_we_avoid() -> None:
    found = {path: avoided_names(Path(path).stem, source) for path, source in modules().items()}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    "source", ["class Told: ...", "class RefreshAsked: ...", "def told_as_text(): ...", "class A:\n    asked: int"]
)
def test_a_name_with_an_avoided_word_is_found(source: str) -> None:
    assert avoided_names("module", source)
