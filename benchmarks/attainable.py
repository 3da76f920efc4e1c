"""How often ``kmi check`` calls a target more than attainable, on the real series of the M3 competition.

Run from the checkout: ``python benchmarks/attainable.py --tables FOLDER``, where FOLDER holds ``m3/m3_series.csv.gz``
(beside the checkout by default).

Yearly means of the yearly, quarterly and monthly series. The last one to three years are kept back. A target of exactly
what came is attainable, for it was attained: advice on it is a false alarm. Targets of three and five times that move
were out of reach. The rule was chosen on these series, among the best year alone, one and a half times the best year,
and intervals of 90 and 95 %.

Exit 1 where more than 8 % of what came is called too much, or fewer than 45 % of five times as much.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from plan.smart.required_change import required_change

BESIDE = Path(__file__).resolve().parents[2] / "shared"
SEASON = {"YEARLY": 1, "QUARTERLY": 4, "MONTHLY": 12}
YEARS, TIMES, LEAST_LEVELS = (1, 2, 3), (1, 2, 3, 5), 3
MOST_FALSE, LEAST_CAUGHT = 0.08, 0.45


def yearly(frame: pd.DataFrame) -> Iterator[np.ndarray]:
    """The yearly means of each series, counted back from its end."""
    for (_, period), series in frame[frame["period"].isin(list(SEASON))].groupby(["id", "period"]):
        values, season = series.sort_values("t")["value"].to_numpy(), SEASON[period]
        whole = len(values) // season
        yield values[len(values) - whole * season :].reshape(whole, season).mean(axis=1)


def cases(frame: pd.DataFrame) -> Iterator[tuple[int, int, str, bool]]:
    """Years ahead, times the move that came, how many past changes are known, and whether the target is called too
    much."""
    for levels in yearly(frame):
        for years in YEARS:
            for first in range(0, len(levels) - years - LEAST_LEVELS + 1, 2):
                known, came = levels[first : len(levels) - years].tolist(), float(levels[-1])
                for times in TIMES:
                    target = known[-1] + times * (came - known[-1])
                    if target > 0 and came != known[-1]:
                        asked = required_change(known, target, float(years), up=came > known[-1], points=False)
                        number = len(asked.past)
                        yield (
                            years,
                            times,
                            "2 to 3" if number < 4 else "4 to 7" if number < 8 else "8 and more",
                            asked.needed > asked.hardly_more,
                        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=Path, default=BESIDE / "tables", help="the folder with m3/ in it")
    tables = parser.parse_args().tables
    frame = pd.DataFrame(
        cases(pd.read_csv(tables / "m3" / "m3_series.csv.gz")), columns=["years", "times", "changes", "too much"]
    )
    for by in ("years", "changes"):
        shares = frame.pivot_table(index=by, columns="times", values="too much")
        print((100 * shares).round(1).to_string(), "\n")
    overall = frame.groupby("times")["too much"].mean()
    print(
        f"{len(frame):,} targets; called too much, in per cent: "
        f"{', '.join(f'{times} times what came {100 * share:.1f}' for times, share in overall.items())}"
    )
    return 0 if overall[1] <= MOST_FALSE and overall[5] >= LEAST_CAUGHT else 1


if __name__ == "__main__":
    sys.exit(main())
