"""The indicator and the target of an added source: what it is called, what counts, what it should reach by when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flows.commands.adding.baseline import SeenFigures, choose_baseline
from flows.commands.adding.prompts import Needed, Prompts, echo_numbered
from flows.output import echo_wrapped
from sources.inspection.inspection import Inspection
from sources.inspection.reconcile import MetricTotals
from sources.inspection.words import as_name
from warehouse.errors import ConfigError

PERIODS = ("day", "week", "month", "quarter", "year")
SHOWN_PLACES = 40


@dataclass(frozen=True, slots=True)
class DetailOptions:
    """The options of ``kmi add``; None or empty where an option was not given."""

    title: str = ""
    metric: str = ""
    branches: tuple[str, ...] = ()
    period: str = ""
    better: str = ""
    value: float | None = None
    due: date | None = None
    baseline: tuple[date, date] | None = None
    owner: str = ""
    objective: str = ""
    no_target: bool = False


@dataclass(frozen=True, slots=True)
class Details:
    """An indicator by its name, as the plan has it."""

    name: str
    indicator: dict[str, object]


def collect_details(
    inspection: Inspection, given: DetailOptions, known: Mapping[str, dict[str, Any]], prompts: Prompts, today: date
) -> Details:
    """The indicator; what an earlier run wrote under the same name (``known``) is the default of each answer."""
    metric = _metric(inspection, given, prompts)
    totals = _totals(inspection, metric)
    kind = inspection.kinds.get(metric, "flow")
    unit = str(inspection.units.get(metric) or inspection.settings.get("unit") or metric.replace("_", " "))
    title = given.title or prompts.text("What is it called?", "--name TEXT", unit[:1].upper() + unit[1:]) or ""
    name = as_name(title, "indicator")
    before = known.get(name, {})
    measure: dict[str, object] = {"source": "", "metric": metric}
    branches = _branches(totals, given, before, prompts)
    if branches:
        measure["entities"] = branches
    period = _period(inspection, given, before, prompts)
    seen = SeenFigures(inspection.observations, metric, tuple(branches), totals)
    indicator: dict[str, object] = {"title": title, "unit": unit, "kind": "stock" if kind == "level" else "flow"}
    indicator["better"] = given.better or prompts.one_of(
        "Which way is better?", [("up", "more is better"), ("down", "less is better")], str(before.get("better", "up"))
    )
    indicator |= {"period": period, "of": [measure]}
    places = totals.entities if totals else 1
    if kind == "level" and len(branches) != 1 and places > 1:
        indicator["over_entities"] = prompts.one_of(
            "Figures of several places make one figure. How?",
            [("sum", "add them up, as members"), ("mean", "take their mean, as scores and shares")],
            str(before.get("over_entities", "mean")),
        )
    _add_people(indicator, given, before, prompts)
    target = None if given.no_target else _target(indicator, seen, given, before, prompts, today)
    if target:
        indicator["target"] = target
    return Details(name, indicator)


def _metric(inspection: Inspection, given: DetailOptions, prompts: Prompts) -> str:
    """The metric that the indicator follows."""
    names = list(inspection.kinds)
    if given.metric:
        if given.metric not in names:
            raise ConfigError(f"there is no figure '{given.metric}'", do=f"name one of: {', '.join(names)}")
        return given.metric
    if len(names) == 1:
        return names[0]
    if not prompts.is_terminal:
        prompts.needed.append(Needed("Which figure should be followed?", f"--metric {'|'.join(names)}"))
        return names[0]
    return prompts.one_of("Which figure should be followed?", [(name, name) for name in names], names[0])


def _totals(inspection: Inspection, metric: str) -> MetricTotals | None:
    found = inspection.reconciliation
    return next((one for one in found.metrics if one.metric == metric), None) if found else None


def _branches(
    totals: MetricTotals | None, given: DetailOptions, before: Mapping[str, Any], prompts: Prompts
) -> list[str]:
    """The places that count; empty for all of them."""
    places = list(totals.places) if totals and totals.unit != "items" else []
    chosen = list(given.branches)
    earlier = [name for measure in before.get("of", []) for name in measure.get("entities", [])]
    if not chosen and not prompts.is_terminal:
        return [name for name in earlier if name in places]
    if not chosen and len(places) > 1:
        echo_wrapped("Which places count? Write their numbers, parted by commas.")
        echo_numbered(places[:SHOWN_PLACES])
        answer = prompts.optional("Without an answer all of them are added up.", ",".join(earlier))
        parts = [part.strip() for part in answer.split(",") if part.strip()]
        chosen = [places[int(p) - 1] if p.isdecimal() and 1 <= int(p) <= len(places) else p for p in parts]
    unknown = [name for name in chosen if places and name not in places]
    if unknown:
        raise ConfigError(f"there is no place '{unknown[0]}'", do=f"name some of: {', '.join(places[:SHOWN_PLACES])}")
    return chosen


def _period(inspection: Inspection, given: DetailOptions, before: Mapping[str, Any], prompts: Prompts) -> str:
    """How often the indicator is judged: a period at least as long as that of the figures."""
    of_data = str(inspection.settings.get("period", "day"))
    shortest = PERIODS.index(of_data) if of_data in PERIODS else 0
    usual = PERIODS[max(shortest, PERIODS.index("month"))]
    offered = [period for period in PERIODS[max(shortest, 1) :] if period != "week" or shortest <= 1]
    default = given.period or str(before.get("period", usual))
    if default not in PERIODS[shortest:]:
        raise ConfigError(f"the figures are by the {of_data}, so they have no {default}", do=f"--period {usual}")
    if given.period:
        return given.period
    return prompts.one_of("How often is it judged?", [(period, f"each {period}") for period in offered], default)


def _add_people(
    indicator: dict[str, object], given: DetailOptions, before: Mapping[str, Any], prompts: Prompts
) -> None:
    owner = given.owner or prompts.optional("Who answers for it (a job title)?", str(before.get("owner", "")))
    objective = given.objective or str(before.get("objective", ""))
    if owner:
        indicator["owner"] = owner
    if objective:
        indicator["objective"] = objective


def _target(
    indicator: Mapping[str, object],
    seen: SeenFigures,
    given: DetailOptions,
    before: Mapping[str, Any],
    prompts: Prompts,
    today: date,
) -> dict[str, object] | None:
    """What to reach by when, from which baseline. None where nobody can be asked and it is not given."""
    earlier = before.get("target") or {}
    period, unit = indicator["period"], indicator["unit"]
    value = (
        given.value
        if given.value is not None
        else _number(
            prompts.text(
                f"What should it reach: how many {unit} in a {period}?{_so_far(seen.totals)}",
                "--value NUMBER, or --no-target",
                str(earlier.get("value", "")),
                _read_number,
            )
        )
    )
    due = given.due or _day(
        prompts.text("By when (year-month-day)?", "--due YYYY-MM-DD", str(earlier.get("due", "")), date.fromisoformat)
    )
    if value is None or due is None:
        return None
    start, end = given.baseline or choose_baseline(seen, earlier, prompts, min(today, due))
    lacking = seen.lacking(start, end)
    if lacking:
        shown = ", ".join(name or "the file" for name in lacking[:8]) + (
            f" and {len(lacking) - 8} more" if len(lacking) > 8 else ""
        )
        note = f"Note: in {shown} figures lack between {start} and {end}, so there may be no baseline."
        echo_wrapped(f"{note} --branches names the places that count.")
    number = int(value) if value == int(value) else value
    return {"baseline": {"from": start, "to": end}, "value": number, "due": due}


def _so_far(totals: MetricTotals | None) -> str:
    if totals is None or not totals.first or not totals.last:
        return ""
    return (
        f" (The file has {totals.read_total:,.15g} {totals.unit}, {totals.first} to {totals.last - timedelta(days=1)}.)"
    )


def _read_number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError("write a number with a dot for decimals and nothing for thousands, such as 12000") from None


def _number(text: str | None) -> float | None:
    return None if text is None else _read_number(text)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
