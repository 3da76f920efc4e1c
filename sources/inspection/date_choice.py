"""Which formats the dates of a table have: proved by their values, or asked."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import cast

from sources.files.date_formats import Period, Precision, directives
from sources.files.dates import Moment, period_of
from sources.inspection.date_forms import DateForm, reading_forms
from sources.inspection.dialogue import Dialogue
from sources.inspection.words import has_word

MOST_FORMATS = 4
LEAST_RUN = 3
BARE_WEEKS = frozenset(("%G %V", "%G-%V", "%V/%G"))
WEEKS = ("week", "weeks", "woche", "kw", "semaine", "semana")
Readings = Mapping[DateForm, Mapping[str, Moment]]


@dataclass(frozen=True, slots=True)
class DateChoice:
    """The formats of some texts, what each text names, and the texts that no format reads."""

    forms: tuple[DateForm, ...]
    moments: dict[str, Moment]
    unread: tuple[str, ...]

    @property
    def precision(self) -> Precision | None:
        """The precision that most texts have."""
        found = Counter(moment.precision for moment in self.moments.values())
        return found.most_common(1)[0][0] if found else None

    def only(self, texts: Set[str]) -> "DateChoice":
        """The choice without the texts that do not count, and without the formats that read none of the others."""
        moments = {text: moment for text, moment in self.moments.items() if text in texts}
        forms = tuple(form for form in self.forms if any(form.read(text) for text in moments))
        return DateChoice(forms, moments, self.unread)

    @property
    def language(self) -> str:
        return next((form.language for form in self.forms if form.language != "en"), "en")


def choose_forms(texts: Sequence[str], part: str, dialogue: Dialogue) -> DateChoice:
    """The formats of ``texts``: first that which reads most of them, then others for the rest."""
    texts = list(dict.fromkeys(texts))
    readings = _without_bare_weeks(reading_forms(texts), part)
    forms, moments, rest = list[DateForm](), dict[str, Moment](), texts
    while rest and len(forms) < MOST_FORMATS:
        fitting = {
            form: read
            for form, read in readings.items()
            if any(text in read for text in rest)
            and all(read[text] == moment for text, moment in moments.items() if text in read)
        }
        if not fitting:
            break
        most = max(sum(text in read for text in rest) for read in fitting.values())
        best = {form: read for form, read in fitting.items() if sum(text in read for text in rest) == most}
        form = _one_of(best, rest, part, dialogue)
        forms.append(form)
        moments |= {text: readings[form][text] for text in rest if text in readings[form]}
        rest = [text for text in rest if text not in moments]
    _check_two_orders(readings, forms, rest, part, dialogue)
    if forms:
        first = forms[0]
        dialogue.take(part, _names(forms), _evidence(readings[first], first, len(moments), rest))
    return DateChoice(tuple(forms), moments, tuple(rest))


def _without_bare_weeks(readings: Readings, part: str) -> Readings:
    """The readings without 2026-12 as a week, where it may be a month and nothing speaks of weeks."""
    most = max((len(read) for form, read in readings.items() if form.pattern not in BARE_WEEKS), default=0)
    return {
        form: read
        for form, read in readings.items()
        if form.pattern not in BARE_WEEKS or len(read) > most or has_word(part, WEEKS)
    }


def _names(forms: Sequence[DateForm]) -> str:
    language = next((form.language for form in forms if form.language != "en"), "")
    return " and ".join(form.pattern for form in forms) + (f", months in the language {language}" if language else "")


def _one_of(best: Readings, rest: Sequence[str], part: str, dialogue: Dialogue) -> DateForm:
    """One of the forms that read equally many texts: they agree, or the order of the spans tells, or it is asked."""
    first = next(iter(best))
    by_result: dict[tuple[Moment | None, ...], DateForm] = {}
    for form, read in best.items():
        if any(text in read and text in best[first] for text in rest):
            by_result.setdefault(tuple(read.get(text) for text in rest), form)
    rivals = list(by_result.values())
    if len(rivals) == 1:
        return rivals[0]
    runs = [form for form in rivals if _is_run([best[form][text] for text in rest if text in best[form]])]
    if len(runs) == 1 and len({form.order for form in rivals} - {""}) < 2:
        dialogue.take(
            part, runs[0].pattern, "read so, they follow each other without a gap; read otherwise, they do not"
        )
        return runs[0]
    example = next(text for text in rest if len({best[form].get(text) for form in rivals}) > 1)
    choices = [(_value(form, rivals), f"{example} is {_in_words(best[form].get(example))}") for form in rivals]
    why = (
        "no date in the file proves the order: none has a day above 12"
        if all(f.order for f in rivals)
        else ("the dates can be read in two ways")
    )
    answer = dialogue.answer_to("date_order", f"How are the dates in {part} meant?", why, choices)
    return next((form for form in rivals if _value(form, rivals) == answer), rivals[0])


def _value(form: DateForm, rivals: Sequence[DateForm]) -> str:
    alike = [other for other in rivals if other.order == form.order]
    return form.order if form.order and len(alike) == 1 else form.pattern


def _in_words(moment: Moment | None) -> str:
    if moment is None:
        return "not a date"
    shapes = {"year": "%Y", "month": "%B %Y", "quarter": "the quarter from %B %Y", "week": "the week of %d %B %Y"}
    return f"{moment.at:{shapes.get(moment.precision, '%d %B %Y')}}".lstrip("0")


def _is_run(moments: Sequence[Moment]) -> bool:
    """Whether the spans follow each other without a gap."""
    precisions = {moment.precision for moment in moments}
    if len(precisions) != 1 or "time" in precisions:
        return False
    period = cast("Period", next(iter(precisions)))
    spans = sorted({period_of(moment.at.date(), period) for moment in moments}, key=lambda span: span.start)
    return len(spans) >= LEAST_RUN and all(before.end == after.start for before, after in pairwise(spans))


def _check_two_orders(
    readings: Readings, forms: Sequence[DateForm], rest: Sequence[str], part: str, dialogue: Dialogue
) -> None:
    """Ask where some dates prove one order of day and month, and others the other."""
    for form in forms:
        sibling = next(
            (
                other
                for other in readings
                if other.order and form.order and other.order != form.order and _parts(other) == _parts(form)
            ),
            None,
        )
        odd = [text for text in rest if sibling is not None and text in readings[sibling]]
        if odd:
            proof = next(text for text in readings[form] if text not in readings.get(sibling, {})) if sibling else ""
            choices = [("refuse", f"no: kmi refuses {odd[0]} and those like it, and names each")]
            why = f"{proof} has its day at one place and {odd[0]} at the other, so no order reads all dates"
            dialogue.answer_to(
                "two_orders",
                f"The dates in {part} are written in two orders. Go on without the odd ones?",
                why,
                choices,
            )


def _parts(form: DateForm) -> tuple[str, ...]:
    return (*sorted(directives(form.pattern)), form.pattern.translate(str.maketrans("", "", "%dmyY")))


def _evidence(read: Mapping[str, Moment], form: DateForm, known: int, unread: Sequence[str]) -> str:
    """How many texts a form reads, and which is no date. ``known``: how many texts any chosen form reads."""
    texts = known + len(unread)
    share = f"it reads {len(read):,} of {texts:,} different texts" if len(read) < texts else "it reads every one"
    not_read = f", but not '{unread[0]}'" if unread else ""
    if form.order not in {"day-first", "month-first"}:
        return f"{share}, such as {next(iter(read))}{not_read}"
    proofs = [text for text, moment in read.items() if moment.at.day > 12]
    return f"{share}; {proofs[0]} proves the order{not_read}" if proofs else share + not_read


def gap_between(spans: Sequence[date]) -> timedelta | None:
    """The most frequent distance of days that follow each other; None for fewer than two."""
    steps = [after - before for before, after in pairwise(sorted(set(spans)))]
    return max(set(steps), key=steps.count) if steps else None
