"""A plan that is made to exhaust the reader is one sentence, not a traceback."""

import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.cli import main
from plan.load import load_plan
from tests.plan_texts import VISITS, plan_text, write_plan
from warehouse.errors import ConfigError

LAUGHS = "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, 9))
WRONG = {
    "3,000 levels of lists": (
        plan_text(more="activities: " + "[" * 3000 + "]" * 3000 + "\n"),
        "nested more than 50 levels",
    ),
    "3,000 levels of mappings": (
        plan_text(more="activities: " + "{a: " * 3000 + "1" + "}" * 3000 + "\n"),
        "nested more than 50",
    ),
    "60 levels": (plan_text(more="activities: " + "[" * 60 + "]" * 60 + "\n"), "nested more than 50 levels"),
    "an alias of itself": (plan_text(more="activities: &a [*a]\n"), "activities: a list does not fit here"),
    "a billion laughs": (plan_text(more=f"x0: &x0 [a]\n{LAUGHS}"), "more than 200,000 parts, aliases included"),
    "a number of 5,000 digits": (
        plan_text(indicators=VISITS.replace("value: 200", f"value: {'9' * 5000}")),
        "target.value",
    ),
    "a long hexadecimal number": (
        plan_text(indicators=VISITS.replace("value: 200", f"value: 0x{'f' * 5000}")),
        "target.value",
    ),
    "a number beyond a double": (plan_text(indicators=VISITS.replace("value: 200", "value: 1e999")), "target.value"),
    "no number": (plan_text(indicators=VISITS.replace("value: 200", "value: .nan")), "target.value"),
    "5,000,000 characters": (plan_text(more="# " + "a" * 5_000_000 + "\n"), "at most 5,000,000 are read"),
    "a control character": (
        plan_text(indicators=VISITS.replace("title: Visits", 'title: "a\x00b"')),
        "this is not a text file",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_plan_made_to_exhaust_the_reader_is_refused_at_once(tmp_path: Path, name: str) -> None:
    text, says = WRONG[name]
    begun = time.process_time()
    with pytest.raises(ConfigError, match=says):
        load_plan(write_plan(tmp_path, text))
    assert time.process_time() - begun < 5


def test_the_command_line_shows_one_sentence(tmp_path: Path) -> None:
    plan = write_plan(tmp_path, WRONG["3,000 levels of lists"][0])
    done = CliRunner().invoke(main, ["check", "--plan", str(plan)])
    assert done.exit_code == 2
    assert done.output.startswith("plan.yaml: the plan is nested more than 50 levels deep")
