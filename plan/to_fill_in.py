"""What a plan made from a template still lacks: lines marked FILL IN, blank goals and sources that are not set up."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from plan.load import LoadedPlan
from plan.model import Plan
from plan.positions import PlanPath, Positions, read_yaml

MARK = re.compile(r"#\s*FILL IN\b\s*[:,.-]?\s*(.*?)\s*$")


@dataclass(frozen=True, slots=True)
class ToFillIn:
    """A place in the plan that a person has to complete. The line counts from 1; ``field`` is its key, with dots."""

    line: int
    field: str
    what: str


def places_to_fill_in(loaded: LoadedPlan) -> list[ToFillIn]:
    """Every place in the order of the plan's file: one for each line."""
    text = loaded.path.read_text(encoding="utf-8-sig")
    positions = read_yaml(text, loaded.path.name)
    keys = dict(_keys(positions, positions.document, ()))
    marked = {
        number: ToFillIn(number, keys.get(number, ""), match[1] or "this line")
        for number, line in enumerate(text.splitlines(), 1)
        if (match := MARK.search(line))
    }
    for path, what in _unfinished(loaded.plan):
        line, _ = positions.of(path)
        marked.setdefault(line, ToFillIn(line, keys.get(line, ""), what))
    return [marked[line] for line in sorted(marked)]


def _keys(positions: Positions, node: Any, path: PlanPath) -> Iterator[tuple[int, str]]:
    """The line and the dotted path of each key; of several on one line the first."""
    for key, value in reversed(list(node.items())) if isinstance(node, dict) else ():
        yield from _keys(positions, value, (*path, key))
        yield positions.of((*path, key))[0], ".".join(str(step) for step in (*path, key))


def _unfinished(plan: Plan) -> Iterator[tuple[PlanPath, str]]:
    for name, settings in plan.sources.items():
        if not settings.ready:
            yield ("sources", name, "ready"), f"the access of '{name}'; then delete the line 'ready: false'"
    for name, indicator in plan.indicators.items():
        target = indicator.target
        if target is not None and not target.has_goal:
            key = "band" if indicator.better == "band" else "value"
            what = f"the value that '{name}' is to reach, in {indicator.unit}"
            yield ("indicators", name, "target", key), what
