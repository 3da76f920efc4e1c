"""The script that changes a module in one place at a time and sees whether its tests notice."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.mutants import mutants
from tools.mutate import ROOT, module_name, nearest_tests

CONDITION, REFUSE = "strict and age == LEAST", "raise ValueError(f'{age + 1} is wanted')"
LAW = '''"""A law."""
LEAST = 18


def old_enough(age: int, *, strict: bool = False) -> bool:
    """Whether a person may vote."""
    if strict and age == LEAST:
        raise ValueError(f"{age + 1} is wanted")
    return age >= LEAST
'''


def changes(source: str) -> list[str]:
    return [mutant.change for mutant in mutants(source, "law.py")]


def test_each_mutant_is_one_small_change_of_behaviour() -> None:
    assert changes(LAW) == [
        "LEAST = 18 → LEAST = 19",
        "LEAST = 18 → LEAST = 17",
        "age: int, *, strict: bool=False → age: int, *, strict: bool=True",
        f"if {CONDITION}: {REFUSE} → if not ({CONDITION}): {REFUSE}",
        "strict and age == LEAST → strict or age == LEAST",
        "age == LEAST → age != LEAST",
        "raise ValueError(f'{age + 1} is wanted') → pass",
        "return age >= LEAST → return None",
        "age >= LEAST → age > LEAST",
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("x = a + b", ["a + b → a - b"]),
        ("x = a.where(b < 0.5)", ["b < 0.5 → b <= 0.5", "b < 0.5 → b < 0.55", "b < 0.5 → b < 0.45"]),
        ("x = not a", ["x = not a → x = a"]),
        ("x = min(a, key=b)", ["x = min(a, key=b) → x = max(a, key=b)", "x = min(a, key=b) → x = min(a)"]),
        ("x = x.strip()", ["x = x.strip() → pass"]),
        ("x: int | None = y", []),
        ("x = f'{a + 1} of {b}'", []),
        ("x = 'a word'", []),
    ],
)
def test_the_changes_of_a_line(line: str, expected: list[str]) -> None:
    found = changes(f"def f(a, b, x, y):\n    {line}\n")
    assert found == expected


def test_a_mutant_has_its_own_code_and_the_place_of_its_change() -> None:
    found = {mutant.change: mutant for mutant in mutants(LAW, "law.py")}
    one, same = found["age >= LEAST → age > LEAST"], dict[str, object]()
    assert (one.line, one.scope) == (9, "old_enough")
    exec(one.code, same)
    assert not same["old_enough"](18)  # type: ignore[operator]
    assert len({mutant.code for mutant in found.values()}) == len(found)


def test_the_nearest_tests_import_the_module_or_one_that_does() -> None:
    assert "tests/transforms/test_rules.py" in nearest_tests(Path("transforms/rules/statcan.py"))
    assert "tests/transforms/test_periods.py" in nearest_tests(Path("transforms/expressions/series.py"))
    assert nearest_tests(Path("transforms/pacing/pace.py"))[-1] == "tests/transforms/test_rules_at_edges.py", "declared"
    assert module_name(Path("transforms/rules/statcan.py")) == "transforms.rules.statcan"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the script forks")
def test_a_run_names_what_no_test_notices_and_exits_with_1_below_the_least_score(tmp_path: Path) -> None:
    """A test that knows only one of the two thresholds of the pace ratio: the other is free to move."""
    tests = tmp_path / "test_threshold.py"
    tests.write_text(
        "from transforms.pacing import pace\n\n\ndef test_on_track():\n    assert pace.ON_TRACK == 0.95\n",
        encoding="utf-8",
    )
    command = [sys.executable, "tools/mutate.py", "transforms/pacing/pace.py", "--tests", str(tests), "--jobs", "2"]
    done = subprocess.run(
        [*command, "--least", "90", "--verbose"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    ended = {
        line.partition("→ ")[2].partition("  by ")[0]: line.split()[0]
        for line in done.stdout.splitlines()
        if "0.95, 0.6)" in line
    }
    lower, higher = ("(0.95, 0.54)", "(0.95, 0.66)")
    assert ended == {"(1.045, 0.6)": "killed", "(0.855, 0.6)": "killed", lower: "SURVIVED", higher: "SURVIVED"}
