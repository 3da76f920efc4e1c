"""docs/rules.md: its worked examples are computed again; labels, bands and addresses are those of the code."""

import csv
import io
import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.cli import main
from plan.target import Target
from tests.markdown_blocks import code_blocks
from transforms.rules.registry import RULES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rules.md"
TEXT = PAGE.read_text(encoding="utf-8")
EXAMPLES = {info.split(" ")[2]: text for info, text in code_blocks(PAGE) if info.startswith("csv rule ")}
RESULT_COLUMNS = ("value", "score", "label", "verdict")
ADDRESS = re.compile(r"https://[^\s)>,]+")


def judged(folder: Path, rule: str, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The rows as ``kmi judge`` gives them back."""
    table, out = folder / "table.csv", folder / "judged.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [name for name in rows[0] if name not in RESULT_COLUMNS], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    done = CliRunner().invoke(main, ["judge", str(table), "--rule", rule, "--output", str(out)])
    assert done.exit_code == 0, done.output
    return list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8"))))


def test_every_rule_has_a_worked_example_with_more_than_one_verdict() -> None:
    assert set(EXAMPLES) == set(RULES)
    for rule, text in EXAMPLES.items():
        assert len({row["verdict"] for row in csv.DictReader(io.StringIO(text))}) >= 4, rule


@pytest.mark.parametrize("rule", RULES)
def test_a_worked_example_is_what_the_rule_says(tmp_path: Path, rule: str) -> None:
    rows = list(csv.DictReader(io.StringIO(EXAMPLES[rule])))
    for want, got in zip(rows, judged(tmp_path, rule, rows), strict=True):
        assert (got["label"], got["verdict"]) == (want["label"], want["verdict"]), want["series"]
        for name in {"value", "score"} & set(want):
            assert bool(got[name]) == bool(want[name]), (want["series"], name)
            assert not want[name] or float(got[name]) == pytest.approx(float(want[name]), rel=1e-6, abs=1e-9), want[
                "series"
            ]


def test_one_series_by_every_rule_is_judged_as_the_page_says(tmp_path: Path) -> None:
    text = next(text for info, text in code_blocks(PAGE) if info == "csv differ")
    series = {"series": "one", "base_year": "2020", "base_value": "100", "current_year": "2025", "current_value": "115"}
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["rule"] for row in rows] == list(RULES)
    for want in rows:
        (got,) = judged(tmp_path, want["rule"], [{**series, "target_year": "2030", "target": "150", "direction": "up"}])
        assert (got["label"], got["verdict"]) == (want["label"], want["verdict"])
        assert float(got["value"]) == pytest.approx(float(want["value"]), rel=1e-6)


@pytest.mark.parametrize("rule", RULES)
def test_a_section_has_the_source_the_labels_and_the_bands_of_the_code(rule: str) -> None:
    section = re.split(r"^## ", TEXT, flags=re.MULTILINE)[
        1 + [*re.findall(r"^## (\w+)", TEXT, re.MULTILINE)].index(rule)
    ]
    module = sys.modules[RULES[rule].apply.__module__]
    addresses = {one.rstrip(".:") for one in ADDRESS.findall(module.__doc__ or "")}
    assert addresses <= {one.rstrip(".:") for one in ADDRESS.findall(section)}
    labels = {
        one
        for one in vars(module).values()
        if isinstance(one, str) and " " in one and one[0].isupper() and "\n" not in one
    }
    quoted = " ".join(section.split())
    assert {one for one in labels if one not in quoted} == set()
    numbers = {name: value for name, value in vars(module).items() if isinstance(value, float)}
    bands = {
        value
        for name, value in numbers.items()
        if name in {"ON_TRACK", "MODERATE", "AT_RISK", "FAIR", "HALF", "NEAR", "FAR"}
    }
    assert bands or rule == "hp2030"
    assert {band for band in bands if not re.search(rf"\b{band:.2f}\b|\b{band:g}\b", section)} == set()


def test_the_key_of_the_plan_sends_its_reader_to_this_page() -> None:
    assert "docs/rules.md" in (Target.model_fields["rule"].description or "")
