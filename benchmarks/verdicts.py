"""A hundred thousand monthly series of 60 periods from series to verdicts, beside a loop over pymannkendall and
statsmodels.

Run from the checkout: ``python benchmarks/verdicts.py [--series 100000] [--sample 40]``, with the development
dependencies. Ours, in two processes: trend with interval and seasonal Mann-Kendall, control chart, forecast and
probability of next year's total (corrected by past forecasts of it), rule, evidence and alert state. The peers, in this
process and for a sample of the same series: seasonal test and seasonal Sen slope of pymannkendall, one ETS model of
statsmodels with 500 simulated years. They do less: no rule, no chart, no alert; gaps are filled for them, as they take
none. "Tried on the past" has the ETS model make the past forecasts that ours makes too.

Expected: at least 200 times the series per second of the peers, without their trial on the past, below 2 GB for all
processes together. Exit code 1 where it is not reached. Speeds are counted in seconds of a processor, halved for ours,
as the clock of a busy machine says more of the others; the clock's seconds are told too. Linear algebra keeps to one
thread, since threads that wait count as work too, most of all for the peers.

``--size`` measures instead how often trend and chart are right (benchmarks/trend_size.py).
"""

import argparse
import os
import resource
import sys
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

from transforms.alerts.evidence import evidence, path_with_season
from transforms.alerts.states import states
from transforms.arrays import FloatArray
from transforms.outlook.control_chart import control_chart
from transforms.outlook.trend import trend
from transforms.pacing import paths
from transforms.probability import TargetSpec, estimate_probability
from transforms.probability.backtest import origin_ends
from transforms.rules.inputs import RuleInputs
from transforms.rules.registry import RULES

YEAR, PERIODS, DRAWS = 12, 60, 500
CHUNK, PROCESSES = 2_000, 2
TIMES, MOST_GB = 200.0, 2.0
SUMMER = np.array([0.95, 1.05, 1.1, 1.0, 1.1, 0.9, 0.6, 0.55, 0.9, 1.25, 1.3, 0.8])
"""A university library's months; one of four series keeps to it, the others have months of their own."""


@dataclass
class Cost:
    """Seconds of a processor by stage, which a busy machine does not change; ``peak_mb`` by process."""

    seconds: dict[str, float] = field(default_factory=dict)
    peak_mb: dict[int, float] = field(default_factory=dict)

    def add(self, other: "Cost") -> None:
        for stage, spent in other.seconds.items():
            self.seconds[stage] = self.seconds.get(stage, 0.0) + spent
        for process, peak in other.peak_mb.items():
            self.peak_mb[process] = max(self.peak_mb.get(process, 0.0), peak)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        began = time.process_time()
        yield
        self.add(Cost({name: time.process_time() - began}))


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def simulated(series: int, seed: int) -> FloatArray:
    """Counts (series, 60): level, growth, months of the year, noise that lasts a little, odd months, gaps, late starts,
    a closure."""
    random = np.random.default_rng(seed)
    level, growth = np.exp(random.uniform(4, 11, (series, 1))), random.normal(0.02, 0.06, (series, 1))
    own = np.exp(random.normal(0, 0.25, (series, YEAR)))
    months = np.where(random.random((series, 1)) < 0.25, SUMMER, own / own.mean(axis=1, keepdims=True))
    noise = random.standard_normal((series, PERIODS)) * random.uniform(0.03, 0.2, (series, 1))
    for period in range(1, PERIODS):
        noise[:, period] += 0.3 * noise[:, period - 1]
    noise += np.where(random.random(noise.shape) < 0.01, random.normal(0, 0.7, noise.shape), 0.0)
    values = np.round(level * np.exp(growth * np.arange(PERIODS) / YEAR + noise) * np.tile(months, PERIODS // YEAR))
    values[random.random(values.shape) < 0.01] = np.nan
    time_of = np.arange(PERIODS)
    late = np.where(random.random(series) < 0.1, random.integers(1, 25, series), 0)
    closure = np.where(random.random(series) < 0.1, random.integers(12, 50, series), PERIODS)[:, None]
    values[(time_of < late[:, None]) | ((time_of >= closure) & (time_of < closure + 3))] = np.nan
    return values


def targets(values: FloatArray, seed: int) -> tuple[FloatArray, FloatArray]:
    """Next year's total wanted, and whether at least (+1) or at most (-1)."""
    random = np.random.default_rng(seed)
    total = YEAR * np.nanmean(values[:, -YEAR:], axis=1)
    return total * (1 + random.uniform(-0.1, 0.1, len(values))), np.where(random.random(len(values)) < 0.8, 1.0, -1.0)


def judged(
    values: FloatArray, target: FloatArray, direction: FloatArray
) -> tuple[dict[str, NDArray[np.generic]], Cost]:
    """Everything that we say of each series, and what it cost."""
    cost = Cost()
    with cost.stage("slope with interval, Mann-Kendall"):
        slope = trend(values, YEAR)
    with cost.stage("control chart"):
        signals = control_chart(values, YEAR)
    with cost.stage("forecast with probability"):
        odds = estimate_probability(values, YEAR, YEAR, TargetSpec(target, direction, 0.0, YEAR, 0.0))
    with cost.stage("rule"):
        base, current = (np.nanmean(values[:, -at : PERIODS - at + YEAR], axis=1) for at in (2 * YEAR, YEAR))
        years, none = np.ones(len(values)), np.full(len(values), np.nan)
        verdict = RULES["pace"].apply(
            RuleInputs(
                *(years * 2024, base, years * 2025, current, years * 2026, target / YEAR, direction, none, none),
                is_percent=np.zeros(len(values), dtype=bool),
            )
        )
    with cost.stage("evidence and alert state"):
        share = paths.elapsed_share(np.arange(PERIODS, dtype=float), np.array(PERIODS - YEAR), np.array(PERIODS + YEAR))
        path = np.where(
            np.arange(PERIODS) >= PERIODS - YEAR, paths.linear(base[:, None], (target / YEAR)[:, None], share), np.nan
        )
        expected = path_with_season(values, path, YEAR)
        found = evidence(values, expected, YEAR, direction)
        short = direction[:, None] * (expected - values) / expected
        state = states((short > 0.1) & (found.p_value < 0.05)[:, None], short < 0.05, ~np.isnan(short), 1, 0).at(-1)
    told = {
        "slope": slope.slope,
        "low": slope.low,
        "high": slope.high,
        "p_value": slope.p_value,
        "signal": signals.signal[:, -1],
    }
    told |= {
        "mean": odds.mean,
        "least": odds.low,
        "most": odds.high,
        "probability": odds.probability,
        "verdict": verdict.verdict,
        "evidence": found.p_value,
        "state": state.state,
    }
    cost.peak_mb[os.getpid()] = peak_mb()
    return told, cost


def ours(
    values: FloatArray, target: FloatArray, direction: FloatArray
) -> tuple[list[dict[str, NDArray[np.generic]]], Cost, float]:
    """In two processes; what was told, its cost, and the seconds it took from first to last, without the start of the
    processes."""
    rows = [slice(start, start + CHUNK) for start in range(0, len(values), CHUNK)]
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        list(pool.map(judged, *([part[:50]] * PROCESSES for part in (values, target, direction))))
        began = time.perf_counter()
        answers = list(pool.map(judged, *([part[at] for at in rows] for part in (values, target, direction))))
        taken = time.perf_counter() - began
    whole = Cost()
    for _, cost in answers:
        whole.add(cost)
    whole.peak_mb[os.getpid()] = peak_mb()
    return [told for told, _ in answers], whole, taken


def peers(values: FloatArray, target: FloatArray, direction: FloatArray) -> Cost:
    """One series after the other."""
    import pymannkendall

    ets_years(np.arange(PERIODS) % 5.0)  # so that the import does not count
    cost = Cost()
    for series, wanted, sign in zip(values, target, direction, strict=True):
        known = ~np.isnan(series)
        filled = np.interp(np.arange(PERIODS), np.flatnonzero(known), series[known])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with cost.stage("pymannkendall"):
                pymannkendall.seasonal_test(series, period=YEAR)
                pymannkendall.seasonal_sens_slope(series, period=YEAR)
            with cost.stage("statsmodels"):
                years = ets_years(filled)
                np.quantile(years, (0.1, 0.9), axis=1)
                (sign * (years.sum(axis=0) - wanted) >= 0).mean()
            with cost.stage("statsmodels, tried on the past"):
                for end in origin_ends(PERIODS, YEAR, 2 * YEAR):
                    ets_years(filled[:end]).sum(axis=0)
    return cost


def ets_years(series: FloatArray) -> FloatArray:
    """Simulated next years (periods, draws) by additive ETS with a damped trend."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    fit = ETSModel(series, error="add", trend="add", damped_trend=True, seasonal="add", seasonal_periods=YEAR).fit(
        disp=False
    )
    return np.asarray(fit.simulate(YEAR, anchor="end", repetitions=DRAWS, rng=np.random.default_rng(1)))


def compare(series: int, sample: int) -> bool:
    values = simulated(series, 1)
    target, direction = targets(values, 2)
    told, cost, taken = ours(values, target, direction)
    print(f"ours: {series:,} series in {taken:.1f} s by the clock, {PROCESSES} processes")
    for stage, spent in cost.seconds.items():
        print(f"  {stage:40} {1000 * spent / series:9.4f} s of a processor per 1,000 series")
    each = sum(cost.seconds.values()) / series / PROCESSES
    print(f"  {'all, on two processors':40} {1000 * each:9.4f} s per 1,000 series")
    slopes, odds = (
        np.mean(np.concatenate([~np.isnan(part[name].astype(float)) for part in told]))
        for name in ("slope", "probability")
    )
    print(f"  a slope for {slopes:.1%} of them, a probability for {odds:.1%}")
    gigabytes = sum(cost.peak_mb.values()) / 1024
    chosen = np.random.default_rng(3).choice(series, min(sample, series), replace=False)
    theirs = {
        stage: spent / len(chosen)
        for stage, spent in peers(values[chosen], target[chosen], direction[chosen]).seconds.items()
    }
    for stage, spent in theirs.items():
        print(
            f"peer: {stage:36} {1000 * spent:9.1f} s of a processor per 1,000 series ({len(chosen)} of the same series)"
        )
    whole = sum(theirs.values())
    ratio = (whole - theirs["statsmodels, tried on the past"]) / each
    fast, lean = ("yes" if reached else "NO" for reached in (ratio >= TIMES, gigabytes < MOST_GB))
    print(
        f"{ratio:,.0f} times the series per second ({whole / each:,.0f} times where theirs is tried on the past too); "
        f"expected at least {TIMES:g}: {fast}"
    )
    print(f"{gigabytes:.2f} GB at the peak, the peaks of all processes added; expected below {MOST_GB:g}: {lean}")
    return ratio >= TIMES and gigabytes < MOST_GB


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--series", type=int, help="how many (100,000; 10,000 a row with --size)")
    parser.add_argument("--sample", type=int, help="how many of them for the peers (40; 500 with --size)")
    parser.add_argument("--size", action="store_true", help="measure the test and the interval instead of the speed")
    told = parser.parse_args()
    if told.size:
        from benchmarks.trend_size import size

        size(told.series or 10_000, told.sample or 500)
        return
    if os.environ.get("OMP_NUM_THREADS") != "1":
        os.execve(sys.executable, sys.orig_argv, {**os.environ, "OMP_NUM_THREADS": "1"})
    if not compare(told.series or 100_000, told.sample or 40):
        sys.exit(1)


if __name__ == "__main__":
    main()
