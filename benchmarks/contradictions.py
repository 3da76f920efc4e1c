"""How often verdict, probability, alert, star of the chart and path contradict each other, on simulated plans.

Run from the checkout: ``python -m benchmarks.contradictions [--indicators 10000] [--seed 1] [--processes 2]``. Each
library is written, collected and judged as a run does it; ``benchmarks/contradictions_kinds.py`` says what counts
as a contradiction.

Then figures that lie on their paths lose a tenth of their cells: without noise none may be behind or achieved
before it is due; the share with noise of 3 % is printed, of a tenth as many plans. Last, a library whose values,
targets and baselines are all multiplied must have the same verdicts and probabilities, and the same library judged
twice the same tables. Alerts may differ with the scale: luck moves small counts more than large ones.

Exit code 1 where one of these does not hold.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from benchmarks.contradictions_kinds import KINDS, board
from benchmarks.contradictions_library import World, judged, write_library
from flows.steps.assess import assess

SIZE = 100
"""Indicators a library."""
TIMES = (4.0, 1000.0)


@dataclass
class Counts:
    verdicts: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def add(self, other: "Counts") -> None:
        self.verdicts += other.verdicts
        self.kinds += other.kinds
        self.examples = other.examples | self.examples


def contradictions(seed: int, size: int = SIZE, world: World | None = None) -> Counts:
    """The contradictions of one library."""
    with TemporaryDirectory() as folder:
        plan, _ = write_library(Path(folder), seed, size, world or World())
        _, assessed = judged(Path(folder), plan)
    rows, counts = board(assessed), Counts()
    counts.verdicts = Counter(rows["verdict"])
    for kind in KINDS:
        found = kind(rows, assessed)
        if found.any():
            row = rows[found].iloc[0]
            counts.kinds[kind.__name__] = int(found.sum())
            counts.examples[kind.__name__] = f"library {seed}, {row['indicator_id']}: {row['verdict']}, {row['reason']}"
    return counts


def on_the_path(seed: int, size: int, noise: float) -> Counts:
    """The verdicts of figures on their paths of which a tenth of the cells is lost, but those of bands, which have no
    path.
    """
    with TemporaryDirectory() as folder:
        plan, _ = write_library(Path(folder), seed, size, World(on_path=True, noise=noise))
        rows = board(judged(Path(folder), plan)[1])
    mine = rows[rows["better"] != "band"]
    wrong = mine[mine["verdict"].isin(["behind", "achieved"])]
    told = {
        f"{row['verdict']}": f"library {seed}, {row['indicator_id']}: {row['reason']}"
        for row in wrong.to_dict("records")
    }
    return Counts(Counter(mine["verdict"]), examples=told)


def moved_by_scale(seed: int, size: int = SIZE) -> Counts:
    """Indicators whose verdict or probability another scale changes, or whose judgement is another the second time."""
    counts, first = Counts(), None
    for scale in (1.0, *TIMES):
        with TemporaryDirectory() as folder:
            plan, _ = write_library(Path(folder), seed, size, World(scale=scale))
            context, assessed = judged(Path(folder), plan)
            again = assess(context) if first is None else assessed
        rows = assessed.verdicts.set_index("indicator_id")
        if first is None:
            first = rows
            counts.kinds["judged_twice"] = int((~_same(rows, again.verdicts.set_index("indicator_id"))).sum())
        moved = (rows["verdict"] != first["verdict"]) | (rows["worsening"] != first["worsening"])
        moved |= ~np.isclose(rows["probability"], first["probability"], atol=1e-6, equal_nan=True)
        counts.kinds[f"scaled_by_{scale:g}"] = int(moved.sum())
        counts.verdicts += Counter(rows["verdict"])
        for name in rows.index[moved][:1]:
            now, then = rows.loc[name], first.loc[name]
            counts.examples[f"scaled_by_{scale:g}"] = (
                f"library {seed}, {name}: {then['verdict']} {then['probability']:.4f} {then['alert']}, "
                f"then {now['verdict']} {now['probability']:.4f} {now['alert']}"
            )
    return counts


def _same(one: pd.DataFrame, other: pd.DataFrame) -> pd.Series:
    """Whether all columns are the same, but for the last digits of sums that were added up in another order."""
    same = pd.Series(True, index=one.index)
    for name in one:
        if one[name].dtype == np.float64:
            same &= np.isclose(one[name], other[name], rtol=1e-9, atol=1e-12, equal_nan=True)
        elif name not in {"reason_parameters", "outlook_parameters"}:  # the same figures with all their digits
            same &= (one[name] == other[name]) | (one[name].isna() & other[name].isna())
    return same


def together(parts: Iterable[Counts]) -> Counts:
    total = Counts()
    for part in parts:
        total.add(part)
    return total


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--indicators", type=int, default=10_000)
    parser.add_argument("--on-path", type=int, default=1_000)
    parser.add_argument("--scaled", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    told = parser.parse_args()
    seeds = [
        range(told.seed, told.seed + max(number // SIZE, 1)) for number in (told.indicators, told.on_path, told.scaled)
    ]
    with ProcessPoolExecutor(told.processes) as pool:
        all_kinds = together(pool.map(contradictions, seeds[0]))
        print(f"{sum(all_kinds.verdicts.values()):,} indicators: {_listed(all_kinds.verdicts)}")
        wrong = _print_kinds(all_kinds, [kind.__name__ for kind in KINDS])
        for noise in (0.0, 0.03):
            libraries = seeds[1] if noise == 0 else seeds[1][: len(seeds[1]) // 10 + 1]
            lost = together(pool.map(partial(on_the_path, size=SIZE, noise=noise), libraries))
            number = lost.verdicts["behind"] + lost.verdicts["achieved"]
            print(f"on the path, noise {noise:.0%}, a tenth of the cells lost: {_listed(lost.verdicts)}")
            wrong += number if noise == 0 else 0
            _print_examples(lost)
        scaled = together(pool.map(moved_by_scale, seeds[2]))
        wrong += _print_kinds(scaled, ["judged_twice", *(f"scaled_by_{scale:g}" for scale in TIMES)])
    return int(wrong > 0)


def _listed(verdicts: Counter[str]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in sorted(verdicts.items()))


def _print_kinds(counts: Counts, names: list[str]) -> int:
    for name in names:
        print(f"  {name:26s} {counts.kinds[name]:6,}")
    _print_examples(counts)
    return sum(counts.kinds[name] for name in names)


def _print_examples(counts: Counts) -> None:
    for name, text in counts.examples.items():
        print(f"    {name}: {text}")


if __name__ == "__main__":
    sys.exit(main())
