"""How long ``kmi report`` takes for 500 indicators over ten years by month, and its overview's size and load time.

Run from the checkout: ``python benchmarks/report.py``. Published tables are made by hand, with everything a page can
show: per indicator 120 months, 24 to come, sentences, 24 changes of verdict, a break and 4 activities; half of the
targets are for a year, and the newest 24 months came by nightly pulls, the others by one. The command runs as a whole
process. If Chromium is installed, it opens the overview from disk; the figure is the median of 5 loads.

Expected: the site in under 60 s on two cores, the overview under 1 MB, open in under 1 s.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

import numpy as np  # noqa: E402
import pyarrow as pa  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

from tests.reports.chromium import chromium, installed  # noqa: E402
from warehouse import schema  # noqa: E402

MONTHS, COMING, CHANGES, ACTIVITIES, NIGHTLY = 120, 24, 24, 4, 24
NIGHTS = 30 * NIGHTLY + 1
AS_OF = datetime(2026, 1, 10, 6, tzinfo=UTC)
TABLES = [
    table for name, table in vars(schema).items() if name.startswith("PUBLISHED_") and name != "PUBLISHED_OBSERVATIONS"
]
STARTS = [date(2016 + month // 12, month % 12 + 1, 1) for month in range(MONTHS + COMING + 1)]
REASON = (
    "26,043 visits in Dec 2025 against 28,169 expected on the linear path to 30,000 by 31 Dec 2027: "
    "86 % of the progress due"
)
OUTLOOK = (
    "Rising by about 7,679 visits a year (90 % interval +3,066 to +11,016 visits a year). "
    "Forecast for 31 Dec 2027: 24,118 to 33,902 visits (80 % interval); "
    "the probability of meeting the target is about 45 %; "
    "of 31 past forecasts of this length 26 held within their 80 % interval."
)
VERDICTS = ("achieved", "on_track", "at_risk", "behind", "not_assessable")
PLAN = """organisation: {name: Large Library, time_zone: Europe/London}
sources:
  gates: {type: footfall, path: counts.csv, layout: wide, columns: {entity: Library},
    date_formats: ["%Y-%m"], period: month}
indicators:
"""


def verdict(name: str, at: int) -> dict[str, Any]:
    return {
        **{
            "indicator_id": name,
            "as_of": AS_OF,
            "through": date(2025, 12, 31),
            "verdict": VERDICTS[at % 5],
            "worsening": at % 10 == 3,
            "reason": REASON,
        },
        **{
            "value": 26043.0,
            "expected": 28169.0,
            "pace_ratio": 0.86,
            "rule": "pace@1",
            "rule_value": 0.86,
            "grade": "counted",
            "outlook": OUTLOOK,
        },
        **{
            "forecast_due": 29010.0,
            "forecast_low": 24118.0,
            "forecast_high": 33902.0,
            "probability": 0.45,
            "probability_cases": 31,
        },
        **{
            "probability_covered": 26 / 31,
            "luck_p_value": 0.02,
            "alert": "firing" if at % 5 == 3 else "inactive",
            "alert_since": date(2025, 9, 1),
        },
    }


def pull(night: int) -> dict[str, Any]:
    recorded = AS_OF - timedelta(days=night)
    counted = dict.fromkeys(("rows", "added", "altered", "dropped", "refused"), 500)
    asked = {"window_start": recorded.date() - timedelta(days=3), "window_end": recorded.date(), "covered": []}
    return {
        "pull_id": f"p{night}",
        "source": "gates",
        "status": "committed",
        **asked,
        **counted,
        "started_at": recorded,
        "recorded_at": recorded,
    }


def nights(month: int) -> range:
    """The pulls that brought the days of a month."""
    ago = MONTHS - 1 - month
    return range(NIGHTS - 1, NIGHTS) if ago >= NIGHTLY else range(30 * ago, 30 * ago + 30)


def rows(count: int) -> dict[str, list[dict[str, Any]]]:
    """The published tables, by name."""
    drawn = np.random.default_rng(2026)
    made: dict[str, list[dict[str, Any]]] = {table.name: [] for table in TABLES}
    made["sources"] = [
        {
            "source": "gates",
            "type": "footfall",
            "last_success_at": AS_OF,
            "data_through": date(2025, 12, 31),
            "fresh": True,
        }
    ]
    made["pulls"] = [pull(night) for night in range(NIGHTS)]
    made["checks"] = [
        {
            "source": "gates",
            "expectation": "value is finite",
            "rows": 9,
            "failed": 0,
            "pull_id": "p0",
            "recorded_at": AS_OF,
        }
    ]
    made["sources"][0] |= {"rows": count * MONTHS, "refused": 0, "missing": [], "settling": "values change for 3 days"}
    for at in range(count):
        name, values = f"indicator_{at}", 20_000 + np.cumsum(drawn.normal(0, 900, MONTHS))
        goal = {"target_value": 30_000.0, "due": date(2027, 12, 31), "path": "linear", "baseline_value": 20_000.0}
        shown = {
            "title": f"Visits to branch number {at} of the library",
            "unit": "visits",
            "kind": "flow",
            "better": "up",
            "period": "month",
        }
        span = {
            "baseline_start": date(2016, 1, 1),
            "baseline_end": date(2017, 1, 1),
            "sources": ["gates"],
            "rule": "pace",
            "owner": "Head of branches",
        }
        made["indicators"].append({"indicator_id": name, **shown, **goal, **span})
        made["verdicts"].append(verdict(name, at))
        change = {"title": shown["title"], **goal, "cause": "new_data"}
        made["verdict_history"] += [
            verdict(name, at + n) | change | {"as_of": AS_OF - timedelta(days=31 * n)} for n in range(CHANGES)
        ]
        made["periods"] += [
            {
                **{
                    "indicator_id": name,
                    "start": STARTS[n],
                    "end": STARTS[n + 1],
                    "value": float(values[n]),
                    "expected": 20_000.0 + 70 * n,
                    "as_of": AS_OF,
                },
                **{"completeness": 1.0, "provisional": n == MONTHS - 1, "flags": []},
            }
            for n in range(MONTHS)
        ]
        coming = range(MONTHS, MONTHS + COMING)
        made["forecasts"] += [
            {
                **{"indicator_id": name, "start": STARTS[n], "end": STARTS[n + 1], "mean": float(values[-1])},
                **{
                    f"{end}_{level}": float(values[-1] + sign * level * 30)
                    for end, sign in (("low", -1), ("high", 1))
                    for level in (80, 95)
                },
            }
            for n in coming
        ]
        made["paths"] += [
            {"indicator_id": name, "start": STARTS[n], "end": STARTS[n + 1], "expected": 20_000.0 + 70 * n}
            for n in coming
        ]
        brought = [(month, night) for month in range(MONTHS) for night in nights(month)]
        made["period_pulls"] += [
            {"indicator_id": name, "start": STARTS[month], "pull_id": f"p{night}"} for month, night in brought
        ]
        declared = {"reason": "New gates", "origin": "declared", "spliced": False, "overlap_periods": 0}
        made["indicator_breaks"].append({"indicator_id": name, "day": date(2019, 4, 1), **declared})
        for n in range(ACTIVITIES):
            week = {"activity_id": f"week_{at}_{n}", "date": date(2022 + n, 5, 3)}
            made["activities"].append({**week, "title": "Open week", "channel": "poster", "indicators": [name]})
            used = {
                "periods_before": 0,
                "periods_after": 0,
                "placebo_tried": 0,
                "placebo_passed": 0,
                "controls": [],
                "grade": "none",
            }
            told = {"verdict": "cannot_tell", "sentence": "cannot tell: too few months", **used}
            made["effects"].append({"activity_id": week["activity_id"], "indicator_id": name, **told})
    return made


def write_inputs(folder: Path, count: int) -> None:
    (folder / "published").mkdir()
    made = rows(count)
    for table in TABLES:
        columns = pa.schema([column.with_nullable(True) for column in table.arrow])
        found = pa.Table.from_pylist(made[table.name], schema=columns)
        pq.write_table(found, folder / "published" / f"{table.name}.parquet")
    measure = "{{source: gates, metric: visits, entities: [Branch {at}]}}"
    one = f"  {{name}}: {{{{title: Branch, unit: visits, kind: flow, of: [{measure}]{{goal}}}}}}\n"
    baseline = "{from: 2016-01-01, to: 2016-12-31, value: 240000}"
    goal = f", target: {{over: year, baseline: {baseline}, value: 360000, due: 2027-12-31}}"
    text = PLAN + "".join(one.format(name=f"indicator_{at}", at=at, goal=goal * (at % 2)) for at in range(count))
    (folder / "plan.yaml").write_text(text, encoding="utf-8")
    (folder / "counts.csv").write_text("Library,2024-01\nCentral,1200\n", encoding="utf-8")


def report(folder: Path) -> float:
    """Seconds of the whole command."""
    command = [
        sys.executable,
        "-c",
        "from flows.cli import main; main()",
        "report",
        "--plan",
        str(folder / "plan.yaml"),
    ]
    began = time.perf_counter()
    subprocess.run(
        [*command, "--warehouse", str(folder), "--output", str(folder / "site")],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        check=True,
    )
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--indicators", type=int, default=500)
    count = parser.parse_args().indicators
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_inputs(folder, count)
        seconds = report(folder)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        files = [file for file in (folder / "site").rglob("*") if file.is_file()]
        overview = (folder / "site" / "index.html").stat().st_size
        cost = f"{used.ru_utime + used.ru_stime:.1f} s of processor, {used.ru_maxrss / 1024:.0f} MB"
        print(f"{count} indicators, {MONTHS} months each: {seconds:.1f} s, {cost}")
        size = sum(file.stat().st_size for file in files)
        page = (folder / "site" / "indicator-indicator_1.html").stat().st_size
        print(
            f"an indicator's page {page / 1e3:.0f} KB, with {len(list((folder / 'site').glob('pictures/*')))} pictures"
        )
        print(f"overview {overview / 1e6:.2f} MB; {len(files)} files, {size / 1e6:.0f} MB")
        program = installed()
        if program:
            with chromium(program) as browser:
                opened = statistics.median(browser.open(folder / "site" / "index.html") for _ in range(5))
            print(f"overview opens in {opened:.2f} s")


if __name__ == "__main__":
    main()
