"""The indicators of a review as rows of text."""

from dataclasses import dataclass

from reports.review.inputs import ReviewInputs
from reports.words import VERDICT_LABELS, probability_label
from transforms.formatting import day, distinct_number, number
from warehouse.published_tables import Row


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """An indicator on the agenda or in the list of all; a text is empty where something is unknown.

    ``before``: verdict and value at the last review. ``why``: why it is on the agenda.
    """

    indicator_id: str
    title: str
    owner: str
    verdict: str
    label: str
    before: str
    value: str
    expected: str
    target: str
    chance: str
    reason: str
    why: str = ""


def review_row(inputs: ReviewInputs, row: Row, before: Row | None, why: str = "") -> ReviewRow:
    name = row["indicator_id"]
    indicator = inputs.plan.indicators.get(name)
    chance = probability_label(row)
    return ReviewRow(
        indicator_id=name,
        title=title_of(inputs, name),
        owner=(indicator.owner if indicator else "") or "",
        verdict=row["verdict"],
        label=VERDICT_LABELS[row["verdict"]].lower() + (", worsening" if row["worsening"] else ""),
        before=_before(before, row),
        value=_value(row),
        expected="" if row["expected"] is None else distinct_number(row["expected"], row["value"]),
        target=_target(row),
        chance="" if chance == "-" else chance,
        reason=row["reason"],
        why=why,
    )


def title_of(inputs: ReviewInputs, name: str) -> str:
    indicator = inputs.plan.indicators.get(name)
    return indicator.title if indicator else name


def _value(row: Row) -> str:
    if row["value"] is None:
        return ""
    shown = distinct_number(row["value"], row["expected"])
    return f"{shown} (to {day(row['through'])})" if row["through"] else shown


def _before(before: Row | None, row: Row) -> str:
    if before is None:
        return ""
    label = VERDICT_LABELS[before["verdict"]].lower()
    return label if before["value"] is None else f"{label}, {distinct_number(before['value'], row['value'])}"


def _target(row: Row) -> str:
    if row["due"] is None:
        return ""
    low, high = row["target_low"], row["target_high"]
    goal = f"{number(low)} to {number(high)}" if low is not None else number(row["target_value"])
    return f"{goal} by {day(row['due'])}"
