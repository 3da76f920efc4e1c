"""The sentences of the brief and the references that they rest on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reports.brief.inputs import SENTENCE, BriefInputs, JudgedIndicator, one_line
from reports.brief.language import one_or_more
from reports.language import Language
from warehouse.published_tables import Row

LONGEST_LIST = 120
"""Characters of a list of names that a reference ends with."""


@dataclass(frozen=True)
class Reference:
    """Where a sentence can be looked up: file and row, the value, and when it was read."""

    text: str


@dataclass(frozen=True)
class Citation:
    """A sentence with its references. ``lead``: the words at its beginning that a page may set off; often none."""

    text: str
    references: tuple[Reference, ...]
    lead: str = ""

    @property
    def rest(self) -> str:
        return self.text.removeprefix(self.lead).strip()


def cite_verdicts(inputs: BriefInputs) -> Reference:
    t = inputs.t
    judged = moment(t, inputs.as_of) if inputs.as_of else t("brief.cite.never")
    return Reference(one_or_more(t, "brief.cite.verdicts", len(inputs.indicators), judged=judged))


def cite_indicator(indicator: JudgedIndicator) -> Reference:
    """Identifier, period, value, grade, sources, and when the newest observation behind the value was read."""
    judged, verdict, t = indicator.judged_period, indicator.verdict, indicator.t
    value = t("brief.cite.no_value")
    if indicator.value:
        value = t("brief.cite.graded", value=indicator.value, grade=t(f"flag.{verdict['grade']}"))
    span = t("brief.cite.no_period")
    if judged:
        span = t("brief.cite.span", first=t.day(judged["start"]), last=t.day(verdict["through"]))
    sources = one_line(", ".join(indicator.row["sources"]))
    text = t("brief.cite.indicator", indicator=indicator.row["indicator_id"], span=span, value=value, sources=sources)
    if judged and judged["as_of"]:
        text = t("brief.cite.read", text=text, moment=moment(t, judged["as_of"]))
    return Reference(text)


def cite_source(t: Language, row: Row) -> Reference:
    ends, last = row["data_through"], row["last_success_at"]
    through = t("brief.cite.through", day=t.day(ends)) if ends else t("brief.cite.no_data")
    read = t("brief.cite.last_read", moment=moment(t, last)) if last else t("brief.cite.never_read")
    text = t("brief.cite.source", source=one_line(row["source"], 40), through=through, read=read)
    if row["last_error"]:
        text = t("brief.cite.failed", text=text, error=one_line(row["last_error"], SENTENCE // 2))
    return Reference(text)


def cite_effect(t: Language, row: Row) -> Reference:
    named = {"activity": one_line(row["activity_id"], 40), "indicator": row["indicator_id"]}
    return Reference(one_or_more(t, "brief.cite.effect", row["periods_before"], **named, after=row["periods_after"]))


def cite_effects(t: Language, rows: Sequence[Row]) -> Reference:
    return Reference(one_or_more(t, "brief.cite.effects", len(rows)))


def cite_break(indicator: JudgedIndicator, row: Row) -> Reference:
    day = indicator.t.day(row["day"])
    return Reference(f"indicator_breaks.parquet: {indicator.row['indicator_id']}, {day}, {row['origin']}")


def cite_others(t: Language, file: str, names: Sequence[str]) -> Reference:
    """One reference for all that are not cited by themselves."""
    return Reference(one_line(t("brief.cite.also", file=file, names=", ".join(names)), LONGEST_LIST))


def moment(t: Language, instant: datetime) -> str:
    """Day and time, UTC."""
    return f"{t.day(instant.date())}, {t.writing.time(instant)}"


def format_value(t: Language, value: float | None) -> str:
    return "–" if value is None else t.number(value)


def target_phrase(indicator: JudgedIndicator) -> str:
    """``33,000 by 31 Dec 2027``, or the band."""
    row, t = indicator.row, indicator.t
    if row["target_value"] is None:
        ends = {name: format_value(t, row[f"target_{name}"]) for name in ("low", "high")}
        return t("brief.band", **ends)
    key = "target_by.year" if row["over"] == "year" else "target_by"
    return t(key, target=t.number(row["target_value"]), due=t.day(row["due"]))
