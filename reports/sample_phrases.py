"""How what a sample lacks is said: the strata without enough weeks, and the weeks that are left out."""

from collections.abc import Callable, Sequence

from reports.language import Language
from reports.sentence_parts import MOST_NAMED, Facts, Text, to_date
from warehouse.schema.reason_codes import ALL_WEEKS, OTHER_WEEKS


def _strata(facts: Facts, t: Language) -> Text:
    own = {ALL_WEEKS: t("strata.all"), OTHER_WEEKS: t("strata.other")}
    names = [own.get(stratum, stratum) for stratum in facts["strata"]]
    if "entities" in facts:
        pairs = zip(names, facts["entities"], strict=True)
        names = [t("stratum_of", stratum=stratum, entity=entity) for stratum, entity in pairs]
    return "", {"newer": _newer(facts, t), "strata": _first(names, t)}


def _left_out(facts: Facts, t: Language) -> Text:
    weeks = [_week(t, *week.split(" ")) for week in facts["weeks"]]
    return "", {"newer": _newer(facts, t), "weeks": _first(weeks, t)}


def _week(t: Language, first: str, missing: str, open_days: str) -> str:
    return t("week_with_missing", day=t.day(to_date(first)), missing=missing, open=open_days)


def _newer(facts: Facts, t: Language) -> str:
    """The period, where it is newer than the one judged."""
    return t("of_newer", period=t.period(facts["period"], to_date(facts["start"]))) if "start" in facts else ""


def _first(names: Sequence[str], t: Language) -> str:
    """The first names; the others are counted."""
    named, more = ", ".join(names[:MOST_NAMED]), len(names) - MOST_NAMED
    return t("and_more", names=named, count=t.whole(more)) if more > 0 else named


SAMPLE_SAID: dict[str, Callable[[Facts, Language], Text]] = {
    "sample_uncounted": _strata,
    "sample_one_week": _strata,
    "sample_left_out": _left_out,
}
