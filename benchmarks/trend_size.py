"""How often the trend and the control chart are right, by simulation: the tables of docs/trend.md.

Run from the checkout: ``python benchmarks/verdicts.py --size``. How often the 90 % interval holds the true slope, and
how often the test at 5 % finds a trend where there is none, and where there is one, beside the tests of pymannkendall
on some of the same series.
"""

import warnings
from collections.abc import Callable, Iterator

import numpy as np

from transforms.arrays import FloatArray
from transforms.outlook.control_chart import control_chart
from transforms.outlook.trend import trend


def drawn(
    series: int, shape: tuple[int, int], phi: float, *, slow: float = 0.0, heavy: bool = False, gaps: float = 0.0
) -> FloatArray:
    """AR(1) noise (series, periods), shape (periods, season); ``slow``: white noise of that deviation on top; a season
    where there is one; ``gaps``: the share that is missing."""
    random, (periods, season) = np.random.default_rng(7), shape
    draws = random.standard_t(3, (series, periods + 100)) if heavy else random.standard_normal((series, periods + 100))
    for period in range(1, periods + 100):
        draws[:, period] += phi * draws[:, period - 1]
    values: FloatArray = (
        draws[:, 100:]
        + slow * random.standard_normal((series, periods))
        + 5 * np.sin(2 * np.pi * np.arange(periods) / season)
    )
    values[random.random(values.shape) < gaps] = np.nan
    return values


def peer_tests(values: FloatArray, season: int) -> Iterator[str]:
    """Share of series in which each test of pymannkendall finds a trend at 5 %."""
    import pymannkendall

    tests: list[Callable[[FloatArray], object]] = [
        pymannkendall.original_test,
        pymannkendall.hamed_rao_modification_test,
    ]
    if season > 1:
        tests = [
            lambda one: pymannkendall.seasonal_test(one, period=season),
            lambda one: pymannkendall.correlated_seasonal_test(one, period=season),
        ]
    if np.isnan(values).any():
        tests.pop()  # it leaves out every year in which a month is missing
    for test in tests:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield f"{np.mean([test(series).p < 0.05 for series in values]):.1%}"  # type: ignore[attr-defined]


def size(series: int, sample: int) -> None:
    """Everything."""
    trend_sizes(series, sample)
    sampled_sizes(series)
    chart_sizes(series)


def trend_sizes(series: int, sample: int) -> None:
    heads = (
        "| periods, season | noise | interval holds it | no interval | trend found | uncorrected | peer's correction |"
    )
    shapes = ((60, 12), (36, 12), (24, 12), (120, 12), (40, 4), (20, 4), (156, 52), (60, 1), (20, 1), (15, 1), (10, 1))
    kinds: list[tuple[str, float, dict[str, float]]] = [(f"{phi:g}", phi, {}) for phi in (0.0, 0.3, 0.5)]
    odd: list[tuple[str, float, dict[str, float]]] = [
        ("0.3, odd months", 0.3, {"heavy": True}),
        ("0.8 under white noise", 0.8, {"slow": 1.0}),
    ]
    odd.append(("0.3, every tenth missing", 0.3, {"gaps": 0.1}))
    for slope, rows in (
        (0.0, [(shape, kind) for shape in shapes for kind in kinds + (odd if shape == (60, 12) else [])]),
        (0.02, [((60, 12), kind) for kind in kinds]),
    ):
        print(
            f"\nA slope of {slope:g} standard deviations of the shocks a "
            f"period\n\n{heads}\n|---|---|---|---|---|---|---|"
        )
        for (periods, season), (name, phi, more) in rows:
            values = drawn(series, (periods, season), phi, **more) + slope * np.arange(periods)  # type: ignore[arg-type]
            told = trend(values, season)
            none = np.isnan(told.low)
            held = np.mean((told.low <= slope) & (told.high >= slope) | none)
            theirs = " | ".join([*(peer_tests(values[:sample], season) if season < 52 else ()), "–", "–"][:2])
            print(
                f"| {periods}, {season} | {name} | {held:.1%} | {none.mean():.1%} | {np.mean(told.p_value < 0.05):.1%} "
                f"| {theirs} |",
                flush=True,
            )


def sampled_sizes(series: int) -> None:
    """Intervals of values with known errors, where there is no trend."""
    random = np.random.default_rng(8)
    for periods in (5, 8, 12, 20):
        for share, name in ((0.5, "half of the variance"), (1.0, "all of it")):
            values = random.standard_normal((series, periods))
            told = trend(values, 1, errors=np.full(values.shape, np.sqrt(share)))
            print(
                f"{periods} sampled values, {name} from their errors: the interval holds the slope in "
                f"{np.mean((told.low <= 0) & (told.high >= 0)):.1%}"
            )


def chart_sizes(series: int) -> None:
    """Signals of the control chart where there is no cause."""
    for season in (1, 12):
        signal = control_chart(drawn(series, (60, season), 0.0), season).signal != ""
        last, ever = signal[:, -1].mean(), signal.any(axis=1).mean()
        print(
            f"chart of noise, season {season}: a signal in the last of 60 periods in {last:.1%} of the series, in any "
            f"in {ever:.1%}"
        )
