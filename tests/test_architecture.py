"""The rules of docs/architecture.md, read off the source files themselves."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
PACKAGES = ("plan", "sources", "warehouse", "transforms", "reports", "flows", "sandbox")
MAY_IMPORT = {
    "flows": ("flows", "plan", "sources", "warehouse", "transforms", "reports", "sandbox"),
    "reports": ("reports", "transforms", "plan", "warehouse"),
    "transforms": ("transforms", "plan", "warehouse.schema", "warehouse.errors"),
    "plan": ("plan", "sources", "warehouse.errors"),
    "sources": ("sources", "warehouse.schema", "warehouse.errors", "warehouse.scratch"),
    "warehouse": ("warehouse",),
    "sandbox": ("sandbox",),
}
MODULE_LINES, FUNCTION_LINES = 250, 50
WAITING = ("sources/web/session",)
"""Where time may be waited for or measured, without asking what the time is."""
CLOCK = {
    "datetime.now",
    "datetime.today",
    "datetime.utcnow",
    "date.today",
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
    "Timestamp.now",
}
WAITS = {"time.sleep", "time.monotonic", "time.perf_counter"}
ENVIRONMENT = {"os.environ", "os.getenv", "os.putenv", "os.environb"}
MUTABLE = {"dict", "list", "set", "defaultdict", "Counter", "deque", "OrderedDict", "bytearray"}
CHANGES = {"append", "add", "update", "setdefault", "pop", "clear", "extend", "remove", "insert", "discard", "popitem"}
ASSERTS = {
    "raises",
    "warns",
    "fail",
    "assert_frame_equal",
    "assert_series_equal",
    "assert_allclose",
    "assert_array_equal",
}


def modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (CHECKOUT / folder).rglob("*.py"))


def short(path: Path) -> str:
    return path.relative_to(CHECKOUT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported(node: ast.AST) -> Iterator[str]:
    """The full names that an import statement asks for."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def imports(path: Path) -> list[tuple[int, str]]:
    return [
        (node.lineno, name)
        for node in ast.walk(tree(path))
        for name in imported(node)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def within(name: str, allowed: tuple[str, ...]) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in allowed)


def dotted(node: ast.AST) -> str:
    """``a.b.c`` of an attribute, or empty."""
    if isinstance(node, ast.Name):
        return node.id
    return f"{dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""


def last_two(name: str) -> str:
    return ".".join(name.split(".")[-2:])


@cache
def global_names(path: Path) -> dict[str, str]:
    """Each name that ``from x import y`` brings, with its full name."""
    nodes = [node for node in ast.walk(tree(path)) if isinstance(node, ast.ImportFrom)]
    return {alias.asname or alias.name: f"{node.module}.{alias.name}" for node in nodes for alias in node.names}


def uses(path: Path, forbidden: set[str]) -> list[str]:
    """Where a module names one of ``forbidden``, however it was imported."""
    return [f"{path.name}:{line}: {name}" for line, name in full_names(path) if last_two(name) in forbidden]


@cache
def full_names(path: Path) -> list[tuple[int, str]]:
    """Each name that a module uses, as imported in full, with its line."""
    brought = global_names(path)
    named = [
        (node, dotted(node).partition("."))
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Name | ast.Attribute)
    ]
    return [(node.lineno, f"{brought.get(head, head)}{'.' + rest if rest else ''}") for node, (head, _, rest) in named]


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_what_it_may(package: str) -> None:
    ours = [
        (path, line, name)
        for path in modules(package)
        for line, name in imports(path)
        if name.split(".")[0] in (*PACKAGES, "tests", "docs")
    ]
    wrong = [f"{short(path)}:{line}: {name}" for path, line, name in ours if not within(name, MAY_IMPORT[package])]
    assert not wrong, f"{package} may import {', '.join(MAY_IMPORT[package])}"
    assert modules(package)


def test_the_way_of_a_number_is_as_the_page_tells_it() -> None:
    """Every function of the way exists, and a number passes fewer than 35 of them."""
    page = (CHECKOUT / "docs" / "architecture.md").read_text(encoding="utf-8")
    way = page.partition("## The way of a number")[2].partition("\n## ")[0]
    named = re.findall(r"`((?:flows|sources|warehouse|transforms|reports)\.[\w.]+)`", way)
    assert 30 <= len(named) < 35
    assert [name for name in named if not _exists(name)] == []


def _exists(name: str) -> bool:
    """Whether a function or method is defined in the module of its full name."""
    parts = name.split(".")
    split = next(at for at in range(len(parts), 0, -1) if (CHECKOUT / Path(*parts[:at])).with_suffix(".py").exists())
    body: list[ast.stmt] = tree((CHECKOUT / Path(*parts[:split])).with_suffix(".py")).body
    for part in parts[split:]:
        found = [node for node in body if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == part]
        if not found:
            return False
        body = found[0].body
    return True


def circles(imports_of: dict[str, set[str]]) -> set[str]:
    """The nodes of an import graph from which a way leads back to themselves."""

    def reached(start: str) -> set[str]:
        found, waiting = set[str](), [start]
        while waiting:
            new = imports_of.get(waiting.pop(), set()) - found
            found |= new
            waiting += new
        return found

    return {node for node in imports_of if node in reached(node)}


def transforms_graph() -> dict[str, set[str]]:
    """Which folders of transforms, and modules beside them, each of these imports."""
    graph: dict[str, set[str]] = {}
    for path in modules("transforms"):
        own = path.relative_to(CHECKOUT / "transforms").with_suffix("").parts[0]
        others = {name.split(".")[1] for _, name in imports(path) if within(name, ("transforms",))}
        graph.setdefault(own, set()).update(others - {own})
    return graph


def test_no_folders_of_transforms_import_each_other_in_a_circle() -> None:
    graph = transforms_graph()
    assert "arrays" in graph["rules"], "the graph is empty"
    assert not circles(graph)


def test_a_circle_of_imports_is_found() -> None:
    assert circles({"rules": {"pacing"}, "pacing": {"matrix"}, "matrix": {"rules", "periods"}}) == {
        "rules",
        "pacing",
        "matrix",
    }
    assert circles({"rules": {"pacing"}, "pacing": {"periods"}}) == set()


def test_the_array_types_of_transforms_have_one_home() -> None:
    users = [short(path) for path in modules("transforms") if "NDArray[np." in path.read_text(encoding="utf-8")]
    assert set(users) <= {"transforms/arrays.py", "transforms/outlook/trend.py"}


def test_no_import_is_relative() -> None:
    wrong = [
        short(path)
        for path in modules(*PACKAGES)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert not wrong


def test_only_modules_directly_in_flows_import_prefect() -> None:
    users = {short(path) for path in modules(*PACKAGES) for _, name in imports(path) if within(name, ("prefect",))}
    assert users, "no module imports prefect"
    assert {Path(user).parent.as_posix() for user in users} == {"flows"}


def test_only_the_checks_import_great_expectations_and_only_when_called() -> None:
    users = {
        short(path) for path in modules(*PACKAGES) for _, name in imports(path) if within(name, ("great_expectations",))
    }
    assert users == {"warehouse/checks.py"}
    at_import = [name for node in tree(CHECKOUT / "warehouse/checks.py").body for name in imported(node)]
    assert not [name for name in at_import if within(name, ("great_expectations",))]


@pytest.mark.parametrize("package", ["sources", "transforms"])
def test_no_source_and_no_transform_reads_the_clock(package: str) -> None:
    found = [use for path in modules(package) for use in uses(path, CLOCK)]
    waits = [use for path in modules(package) for use in uses(path, WAITS) if not short(path).startswith(WAITING)]
    assert not found + waits, "the clock comes as 'now'"


@pytest.mark.parametrize("package", ["plan", "sources", "transforms", "warehouse"])
def test_the_environment_is_read_in_flows_only(package: str) -> None:
    assert not [use for path in modules(package) for use in uses(path, ENVIRONMENT)], (
        "what the environment says is handed in"
    )


@pytest.mark.parametrize("package", ["sources", "transforms"])
def test_no_source_and_no_transform_keeps_state_in_its_module(package: str) -> None:
    wrong = [f"{short(path)}: {state}" for path in modules(package) for state in module_state(tree(path))]
    assert not wrong, "state belongs to an object that is made for each run"


def module_state(module: ast.Module) -> Iterator[str]:
    """Names in the module that are empty containers, or that a function changes, and ``global`` statements."""
    names = set()
    for node in module.body:
        targets = (
            node.targets
            if isinstance(node, ast.Assign)
            else [node.target]
            if isinstance(node, ast.AnnAssign) and node.value
            else []
        )
        names |= {target.id for target in targets if isinstance(target, ast.Name)}
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        empty = isinstance(value, ast.Dict | ast.List) and not ast.unparse(value).strip("{}[] ")
        made = (
            isinstance(value, ast.Call)
            and dotted(value.func).split(".")[-1].split("[")[0] in MUTABLE
            and not value.args
        )
        if empty or made:
            yield from (f"{ast.unparse(target)} begins empty" for target in targets)
    for inner in [
        node for function in ast.walk(module) if isinstance(function, ast.FunctionDef) for node in ast.walk(function)
    ]:
        if isinstance(inner, ast.Global):
            yield f"global {', '.join(inner.names)}"
        called = inner.func if isinstance(inner, ast.Call) else None
        if (
            isinstance(called, ast.Attribute)
            and isinstance(called.value, ast.Name)
            and called.value.id in names
            and called.attr in CHANGES
        ):
            yield f"{called.value.id}.{called.attr}()"
        if (
            isinstance(inner, ast.Subscript)
            and isinstance(inner.ctx, ast.Store | ast.Del)
            and dotted(inner.value) in names
        ):
            yield f"{dotted(inner.value)}[…] is written"


def test_a_module_has_at_most_250_lines() -> None:
    lengths = {short(path): len(path.read_text(encoding="utf-8").splitlines()) for path in modules(*PACKAGES)}
    assert not {name: lines for name, lines in lengths.items() if lines > MODULE_LINES}
    assert len(lengths) > 50


def test_a_function_has_at_most_50_lines() -> None:
    functions = [
        (path, node)
        for path in modules(*PACKAGES)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef)
    ]
    lengths = {
        f"{short(path)}:{node.lineno} {node.name}": (node.end_lineno or 0) - node.lineno + 1 for path, node in functions
    }
    assert not {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES}
    assert len(lengths) > 100


def test_no_module_is_named_after_nothing() -> None:
    assert not [
        short(path)
        for path in modules(*PACKAGES, "tests")
        if path.stem in {"utils", "util", "helpers", "helper", "misc", "common"}
    ]


def test_a_fault_is_caught_by_its_name_but_where_one_source_must_not_stop_the_others() -> None:
    broad = [
        (short(path), node.lineno)
        for path in modules(*PACKAGES)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or dotted(node.type) in {"Exception", "BaseException"})
    ]
    assert [name for name, _ in broad] == ["flows/steps/refresh.py"]


def asserting(
    function: ast.FunctionDef, others: dict[str, ast.FunctionDef], seen: frozenset[str] = frozenset()
) -> bool:
    """Whether a function asserts something, itself or through another one of its module."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert) and not isinstance(node.test, ast.Constant):
            return True
        name = dotted(node.func).split(".")[-1] if isinstance(node, ast.Call) else ""
        if name in ASSERTS:
            return True
        if name in others and name not in seen and asserting(others[name], others, seen | {name}):
            return True
    return False


def test_every_test_asserts_something() -> None:
    silent = []
    for path in modules("tests"):
        functions = {node.name: node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef)}
        silent += [
            f"{short(path)}: {name}"
            for name, node in functions.items()
            if name.startswith("test_") and not asserting(node, functions)
        ]
    assert not silent, "a test that cannot fail is a defect"


WRONG_MODULES = {
    "X = {}\n": "begins empty",
    "X: dict[str, int] = dict()\n": "begins empty",
    "X = [1]\ndef f() -> None:\n    X.append(2)\n": "append",
    "X = {1: 2}\ndef f() -> None:\n    X[1] = 3\n": "is written",
    "X = 1\ndef f() -> None:\n    global X\n": "global X",
}


@pytest.mark.parametrize("text", WRONG_MODULES)
def test_state_in_a_module_is_found(text: str) -> None:
    assert [state for state in module_state(ast.parse(text)) if WRONG_MODULES[text] in state]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from datetime import datetime\ndatetime.now()\n", True),
        ("import datetime as d\nd.datetime.now()\n", True),
        ("from time import time\ntime()\n", True),
        ("import pandas as pd\npd.Timestamp.now()\n", True),
        ("from datetime import datetime, time\ndatetime.combine(1, time())\n", False),
    ],
)
def test_a_look_at_the_clock_is_found(tmp_path: Path, text: str, found: bool) -> None:
    module = tmp_path / "module.py"
    module.write_text(text, encoding="utf-8")
    assert bool(uses(module, CLOCK)) is found
