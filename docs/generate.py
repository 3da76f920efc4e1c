"""Generate parts of the docs from the code, between ``<!-- generated: … -->`` and ``<!-- end -->``.

``python docs/generate.py`` rewrites them; with ``--check`` it writes nothing and exits 1 if something is out of date.
"""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date, time
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin
from zoneinfo import ZoneInfo

import pyarrow as pa
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from ruamel.yaml import YAML

from flows.commands.status_schema import schema_text as status_schema_text
from plan.fleet import Fleet
from plan.model import Plan
from sources.contract import Place, SourceSettings
from sources.files.table_format import TableFormat
from sources.opening_hours import OpeningHours, WeekHours
from sources.registry import SOURCES, source_class
from sources.web.auth import ApiKeyAuth, BasicAuth, BearerAuth
from warehouse import schema
from warehouse.check_rules import describe
from warehouse.published_files import NO_REFERENCES, REFERENCES
from warehouse.schema.columns import NUMBER, YES_NO
from warehouse.schema.effect_codes import EFFECTS
from warehouse.schema.fleet import FLEET_TABLES
from warehouse.schema.outlook_codes import AHEAD, TREND
from warehouse.schema.reason_codes import BESIDE, DECIDING, Reason

DOCS = Path(__file__).parent
PART = re.compile(r"(<!-- generated: ([a-z0-9_ ]+) -->\n).*?(<!-- end -->)", re.DOTALL)
SOURCE_BLOCK = re.compile(r"^```yaml source\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PUBLISHED = tuple(getattr(schema, name) for name in dir(schema) if name.startswith("PUBLISHED_"))
ORDER = (
    "indicators",
    "periods",
    "verdicts",
    "forecasts",
    "paths",
    "verdict_history",
    "observations",
    "sources",
    "pulls",
    "period_pulls",
    "checks",
    "sample_estimates",
    "settling",
    "breaks",
    "indicator_breaks",
    "activities",
    "effects",
    "notes",
    "measures",
    "metrics",
    "objectives",
    "entities",
    "entity_periods",
    "calendar",
)
SHARED = (SourceSettings, TableFormat)
JOINS = {**REFERENCES, "activity_id": "activities"}
"""The column by which a table is joined, and the table that has one row for each of its values."""

MEANINGS = {
    "organisation": "who measures",
    "organisation.name": "its name",
    "organisation.time_zone": "time zone of days and deadlines, by its IANA name",
    "calendar": "days and hours on which something can be expected",
    "calendar.closed": "days on which nothing is expected: neither missing nor zero",
    "calendar.closed[].reason": "why",
    "calendar.closed[].entities": "only these branches or gates; all by default",
    "calendar.opening_hours": "hours by weekday",
    "calendar.opening_hours.default": "the week of every entity that is not named",
    "calendar.opening_hours.entities": "the week of a branch or gate, by its name",
    "sources": "the sources by their names, each with a type; see [sources.md](sources.md)",
    "indicators": "the indicators by their names",
    "indicators.NAME.title": "title for people",
    "indicators.NAME.unit": "unit of the values",
    "indicators.NAME.better": "which direction is wanted; `band` with a target's `band`",
    "indicators.NAME.period": "length of a period",
    "indicators.NAME.of": "the measures that are added up",
    "indicators.NAME.numerator": "of a rate: the measures above the line",
    "indicators.NAME.denominator": "of a rate: the measures below the line",
    "indicators.NAME.objective": "the objective it serves",
    "indicators.NAME.owner": "who is responsible for it",
    "indicators.NAME.target": "what is to be reached; without it the indicator is measured and not judged",
    "indicators.NAME.target.baseline": "where progress starts; needed with `value`",
    "indicators.NAME.target.baseline.value": (
        "its value; by default the mean of its periods, or of its years, if all of them are complete"
    ),
    "indicators.NAME.target.band.low": "least value",
    "indicators.NAME.target.band.high": "greatest value",
    "indicators.NAME.target.path": (
        "linear: the same amount in equal times; geometric: the same growth rate; "
        "seasonal: along the season of past years"
    ),
    "indicators.NAME.target.rule": "progress made over progress due",
    "activities": "what was done to move them, by its name",
    "activities.NAME.date": "the day",
    "activities.NAME.title": "title for people",
    "activities.NAME.channel": "webinar, newsletter, poster, video …",
    "activities.NAME.indicators": "the indicators it was meant to move",
    "reviews": "the days on which people meet about the plan; see [review.md](review.md)",
    "breaks": "days from which a number means something else; see [breaks.md](breaks.md)",
    "breaks[].splice": (
        "how the figures before are converted to what the number means since; "
        "without it no verdict, trend or alert reaches across the break"
    ),
    "breaks[].splice.overlap[].source": "name of the source",
    "breaks[].splice.overlap[].metric": "name of the metric",
    "breaks[].splice.overlap[].entities": "only these; all by default",
    "alerts": "when an alert is raised; see [alerts.md](alerts.md)",
    "alerts.routes": "who is notified of what",
    "alerts.routes[].to": "address, as a reference to a secret",
    "alerts.routes[].owners": "only indicators of these owners",
    "alerts.routes[].indicators": "only these indicators",
    "alerts.routes[].verdicts": "which verdicts",
    **{
        f"indicators.NAME.{part}[].{key}": text
        for part in ("of", "numerator", "denominator")
        for key, text in (("source", "a source by its name"),)
    },
    **{f"indicators.NAME.{part}[].metric": "a metric of that source" for part in ("of", "numerator", "denominator")},
    **{
        f"indicators.NAME.{part}[].entities": "only these entities; all by default"
        for part in ("of", "numerator", "denominator")
    },
    "type": "the kind of source",
    "columns": "names of the columns, as the header row has them",
    "measures.NAME.unit": "unit of the figures",
    "measures.NAME.description": "what is counted",
    "measures.NAME.minimum": "least figure that is believed; `null` for none",
    "measures.NAME.maximum": "greatest figure that is believed",
    "user": "user name",
    "username": "user name",
    "client_id": "id of the client",
    "client_secret": "reference to the client's secret",
    "minimum": "least figure that is believed; `null` for none",
    "refresh_token": "reference to the refresh token",
    "unit": "unit of the values",
    "description": "what is counted",
    "kind": "what kind of number it is",
    "password": "reference to the password",
    "token": "reference to the token",
    "key": "reference to the key",
    "name": "name of the header or the parameter",
    "location": "where the key goes",
}
"""The meaning of the keys whose model has no description."""


def table(header: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |\n" for line in lines
    )


def options(annotation: Any) -> list[Any]:
    """The types that an annotation stands for, without Annotated and None."""
    if get_origin(annotation) in (Union, UnionType):
        return [one for part in get_args(annotation) for one in options(part) if one is not NoneType]
    return options(get_args(annotation)[0]) if hasattr(annotation, "__metadata__") else [annotation]


def written(annotation: Any) -> str:
    """How to write a value of the type in the plan."""
    kinds = options(annotation)
    models = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
    if models:
        return "mapping"
    kind = kinds[0]
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return ", ".join("`tab`" if one == "\t" else f"`{one}`" for one in arguments)
    if origin is tuple:
        item = written(arguments[0])
        return f"list of {item}s" if item in {"text", "mapping"} else f"list of {item}"
    if origin is dict:
        return "number, or years with a number each" if arguments[0] is int else "mapping"
    names = {str: "text", bool: "`true`, `false`", int: "whole number", float: "number", date: "date", time: "time"}
    return names[kind]


def default_of(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ((), {}, "") or isinstance(value, BaseModel):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{', '.join(value)}`" if isinstance(value, tuple) else f"`{value}`"


def keys(
    model: type[BaseModel], prefix: str = "", left_out: tuple[str, ...] = (), way: str = ""
) -> Iterator[tuple[str, ...]]:
    """One row per key of the model and of the models below it. Raises ``KeyError`` for a key without a meaning.

    ``way`` names the variant, where a key accepts several models.
    """
    for name, field in model.model_fields.items():
        if name in left_out:
            continue
        path = prefix + (field.alias or name)
        meaning = field.description or MEANINGS.get(path) or MEANINGS[path.rpartition(".")[2]]
        yield (f"`{path}`", written(field.annotation), default_of(field), way + meaning)
        for step, below in nested(field.annotation):
            kind = get_args(below.model_fields["type"].annotation) if "type" in below.model_fields else ()
            yield from keys(below, f"{path}{step}.", ("type",) if kind else (), f"`type: {kind[0]}`: " if kind else "")


def nested(annotation: Any) -> Iterator[tuple[str, type[BaseModel]]]:
    """The models below a key, and the step to them; not a week or a kind of access, which have their own tables."""
    own = (WeekHours, BasicAuth, BearerAuth, ApiKeyAuth, SourceSettings)
    for kind in options(annotation):
        origin, arguments = get_origin(kind), get_args(kind)
        step, inner = (
            ("[]", arguments[0]) if origin is tuple else (".NAME", arguments[1]) if origin is dict else ("", kind)
        )
        for one in options(inner):
            if isinstance(one, type) and issubclass(one, BaseModel) and not issubclass(one, own):
                yield step, one


KEYS = ("Key", "Value", "Default", "Meaning")


def plan_keys(_: str) -> str:
    return table(KEYS, keys(Plan))


def fleet_keys(_: str) -> str:
    return table(KEYS, keys(Fleet))


def fleet_tables(_: str) -> str:
    return "\n".join(_published(one) for one in FLEET_TABLES)


def every_source(_: str) -> str:
    return table(KEYS, keys(SourceSettings))


def every_table(_: str) -> str:
    return table(KEYS, keys(TableFormat))


def access(_: str) -> str:
    """The kinds of access to a source, each with its keys."""
    return "\n".join(_access(model) for model in (BasicAuth, BearerAuth, ApiKeyAuth))


def _access(model: type[BaseModel]) -> str:
    kind = get_args(model.model_fields["type"].annotation)[0]
    meaning = (model.__doc__ or "").strip().replace("``", "`")
    return f"`type: {kind}`: {meaning}\n\n{table(KEYS, keys(model, left_out=('type',)))}"


def inherited(model: type[BaseModel]) -> tuple[str, ...]:
    """Keys that mean the same, with the same default, as in the settings that every source or every table has."""
    shared = {name: field for base in SHARED if issubclass(model, base) for name, field in base.model_fields.items()}
    return tuple(
        name
        for name, field in shared.items()
        if name == "type" or model.model_fields[name].get_default() == field.get_default()
    )


def source(name: str, page: str) -> str:
    """Settings of a source, and the metrics that the example on the page emits."""
    cls = source_class(name)
    examples = [dict(YAML(typ="safe").load(text)) for text in SOURCE_BLOCK.findall(page)]
    own = [next(iter(example.values())) for example in examples]
    made = [
        cls("example", cls.Settings.model_validate(one), Place(ZoneInfo("UTC"), OpeningHours()))
        for one in own
        if one["type"] == name
    ]
    metrics = {metric.name: metric for one in made for metric in one.metrics()}
    adds = {True: "yes", False: "no"}
    absent = {"missing": "not known", "zero": "none"}
    rows = (
        (f"`{m.name}`", m.unit, m.kind, adds[m.additive_over_entities], absent[m.absent], m.description)
        for m in metrics.values()
    )
    shown = table(("Metric", "Unit", "Kind", "Adds up over entities", "A day without a row", "What it counts"), rows)
    return f"{table(KEYS, keys(cls.Settings, left_out=inherited(cls.Settings)))}\nMetrics of the example:\n\n{shown}"


def settings_of(name: str) -> str:
    """Settings of a source with a page of its own, and the metrics of the smallest plan."""
    cls = source_class(name)
    made = cls(
        "example",
        cls.Settings.model_validate({"type": name, **cls.about.example}, context={"base": DOCS}),
        Place(ZoneInfo("UTC"), OpeningHours()),
    )
    adds, absent = {True: "yes", False: "no"}, {"missing": "not known", "zero": "none"}
    rows = (
        (f"`{m.name}`", m.unit, m.kind, adds[m.additive_over_entities], absent[m.absent], m.description)
        for m in made.metrics()
    )
    shown = table(("Metric", "Unit", "Kind", "Adds up over entities", "A day without a row", "What it counts"), rows)
    return (
        f"{table(KEYS, keys(cls.Settings, left_out=inherited(cls.Settings)))}\nMetrics of the smallest plan:\n\n{shown}"
    )


def type_name(kind: pa.DataType) -> str:
    """The words of an Arrow type of the schema."""
    names = {
        schema.DATE: "date",
        schema.INSTANT: "instant, UTC",
        schema.TEXT: "text",
        NUMBER: "number",
        schema.WHOLE: "whole number",
    }
    return names.get(kind) or ("yes or no" if kind == YES_NO else "list of texts")


def columns(of: schema.Table) -> str:
    rows = (
        (
            f"`{c.name}`",
            type_name(c.type),
            "" if c.nullable else "never null",
            c.description + (f": {', '.join(f'`{v}`' for v in c.one_of)}" if c.one_of else ""),
        )
        for c in of.columns
    )
    return table(("Column", "Type", "Null", "Meaning"), rows)


def published_tables(_: str) -> str:
    by_name = {one.name: one for one in PUBLISHED}
    if set(by_name) != set(ORDER):
        raise KeyError(f"put the published tables in an order: {sorted(set(by_name) ^ set(ORDER))}")
    return "\n".join(_published(by_name[name]) for name in ORDER)


def _published(one: schema.Table) -> str:
    file = "observations-YYYY.parquet" if one.name == "observations" else f"{one.name}.parquet"
    key = f" Key: {', '.join(f'`{name}`' for name in one.key)}." if one.key else " No key."
    whole = ", one file a year of `start`" if one.name == "observations" else ""
    return f"### {file}\n\nOne row per {one.grain.removeprefix('one ')}{whole}.{key}\n\n{columns(one)}"


def joins(of: schema.Table) -> Iterator[tuple[str, str]]:
    """Column and table of each join from ``of`` to a table that has one row for each value of the column."""
    return (
        (column, to)
        for column, to in JOINS.items()
        if column in of.names and to != of.name and (of.name, column) not in NO_REFERENCES
    )


def star(_: str) -> str:
    """The published tables and their joins, as a picture and as a table."""
    by_name = {one.name: one for one in PUBLISHED}
    lines = [
        f"    {to} ||--{'o|' if by_name[name].key == (column,) else 'o{'} {name} : {column}\n"
        for name in ORDER
        for column, to in joins(by_name[name])
    ]
    rows = (_star_row(by_name[name]) for name in ORDER)
    return f"```mermaid\nerDiagram\n{''.join(lines)}```\n\n{table(('Table', 'One row per', 'Key', 'Joins to'), rows)}"


def _star_row(one: schema.Table) -> tuple[str, ...]:
    joined = (
        f"`{to}` by `{column}`, {'one to one' if one.key == (column,) else 'many to one'}" for column, to in joins(one)
    )
    return (
        f"`{one.name}`",
        one.grain.removeprefix("one "),
        ", ".join(f"`{name}`" for name in one.key) or "none",
        "; ".join(joined) or "-",
    )


def same_names(_: str) -> str:
    """The columns with one name and several meanings, by table; without the columns that join tables."""
    by_name: dict[str, dict[str, list[str]]] = {}
    for one in sorted(PUBLISHED, key=lambda found: ORDER.index(found.name)):
        for c in one.columns:
            by_name.setdefault(c.name, {}).setdefault(c.description, []).append(f"`{one.name}`")
    shown = {name: of for name, of in sorted(by_name.items()) if len(of) > 1 and name not in JOINS}
    rows = (
        (f"`{name}`", "; ".join(f"in {', '.join(tables)}: {meaning}" for meaning, tables in of.items()))
        for name, of in shown.items()
    )
    return table(("Column", "Meanings"), rows)


def flags(_: str) -> str:
    return table(("Flag", "Meaning"), ((f"`{name}`", meaning) for name, meaning in sorted(schema.FLAGS.items())))


def providers(_: str) -> str:
    """One row per source type: its default metrics, its flags, its access and its cost."""
    return table(
        ("Provider", "`type`", "Metrics (unit, kind)", "Flags", "Access", "Cost"), (_provider(name) for name in SOURCES)
    )


def _provider(name: str) -> tuple[str, ...]:
    cls = source_class(name)
    settings = cls.Settings.model_validate({"type": name, **cls.about.example}, context={"base": DOCS})
    metrics = cls("example", settings, Place(ZoneInfo("UTC"), OpeningHours())).metrics()
    page = f"providers/{name}.md" if (DOCS / "providers" / f"{name}.md").exists() else f"sources.md#{name}"
    metric_names = ", ".join(f"`{m.name}` ({m.unit}, {m.kind})" for m in metrics)
    return (
        f"[{cls.about.provider}]({page})",
        f"`{name}`",
        metric_names,
        ", ".join(f"`{flag}`" for flag in cls.about.flags) or "none",
        cls.about.access,
        cls.about.cost,
    )


def reasons(_: str) -> str:
    """The codes that decide a verdict, in their order, then those told beside it; each with its parameters."""
    return _reason_tables(
        ("Why the verdict is as it is: the first that holds decides", DECIDING), ("Told beside it", BESIDE)
    )


def outlook(_: str) -> str:
    """The codes of the trend, then those of what lies ahead."""
    return _reason_tables(("The trend", TREND), ("Beside it: the forecast, or why no probability is given", AHEAD))


def effects(_: str) -> str:
    """The codes of what followed an activity."""
    return _reason_table(EFFECTS)


def _reason_tables(*parts: tuple[str, Sequence[Reason]]) -> str:
    return "\n\n".join(f"**{title}**\n\n{_reason_table(some)}" for title, some in parts)


def _reason_table(some: Sequence[Reason]) -> str:
    rows = (
        (f"`{one.code}`", one.meaning, ", ".join(f"`{name}` ({kind})" for name, kind in one.parameters.items()) or "-")
        for one in some
    )
    return table(("Code", "What it says", "Parameters"), rows)


def checks(_: str) -> str:
    return "".join(f"- {sentence}\n" for sentence in describe([]))


PARTS: dict[str, Callable[[str], str]] = {
    "plan keys": plan_keys,
    "fleet keys": fleet_keys,
    "fleet tables": fleet_tables,
    "every source": every_source,
    "every table": every_table,
    "access": access,
    "published tables": published_tables,
    "star": star,
    "same names": same_names,
    "flags": flags,
    "providers": providers,
    "checks": checks,
    "reasons": reasons,
    "outlook": outlook,
    "effects": effects,
}


def generated(page: str) -> str:
    """The page with its generated parts as the code has them now."""

    def part(match: re.Match[str]) -> str:
        name = match[2]
        kind, _, of = name.partition(" ")
        text = source(of, page) if kind == "source" else settings_of(of) if kind == "settings" else PARTS[name](page)
        return f"{match[1]}\n{text.strip()}\n\n{match[3]}"

    return PART.sub(part, page)


def main(check: bool) -> int:
    stale = []
    for path in sorted(DOCS.rglob("*.md")):
        page = path.read_text(encoding="utf-8")
        if generated(page) != page:
            stale.append(path.name)
            if not check:
                path.write_text(generated(page), encoding="utf-8", newline="\n")
    schema_file = DOCS / "status.schema.json"
    if not schema_file.exists() or schema_file.read_text(encoding="utf-8") != status_schema_text():
        stale.append(schema_file.name)
        if not check:
            schema_file.write_text(status_schema_text(), encoding="utf-8", newline="\n")
    sys.stdout.write(f"{'out of date' if check else 'rewritten'}: {', '.join(stale) or 'nothing'}\n")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
