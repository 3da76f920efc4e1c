"""What the overview leads with: one sentence, what to look at first, and each objective."""

from collections.abc import Sequence
from typing import Any

from reports.language import Language
from reports.ranking import GOOD, NEEDS_FIGURES, SHORT, needs_someone

LOOKED_AT_FIRST = 3
NEXT_STEPS = {
    "decide": ("next.decide", "next.decide_nobody"),
    "watch": ("next.watch", "next.watch_nobody"),
    "figures": ("next.figures", "next.figures_nobody"),
}
"""The texts of each step: with an owner, and without one."""

Rows = Sequence[dict[str, Any]]


def lead(t: Language, rows: Rows) -> dict[str, Any]:
    """The texts above the tables. rows: those with a target, the worst first."""
    judged = [row for row in rows if row["verdict"] != "not_assessable"]
    first = [row for row in rows if needs_someone(row)]
    return {
        "headline": _headline(t, judged, first),
        "first": [row | {"next": next_step(t, row)} for row in first[:LOOKED_AT_FIRST]],
        "more": first[LOOKED_AT_FIRST:],
        "objectives": _objectives(t, rows),
    }


def _headline(t: Language, judged: Rows, first: Rows) -> str:
    if not judged:
        return t("headline.none")
    good = sum(row["verdict"] in GOOD for row in judged)
    if len(judged) == 1:
        said = [t("headline.only" if good else "headline.only_not")]
    else:
        key = "headline.all" if good == len(judged) else "headline.some"
        said = [t(key, good=t.whole(good), judged=t.whole(len(judged)))]
    worst = next((row for row in first if row["verdict"] in SHORT), None)
    if worst is not None:
        said.append(t("headline.decide" if worst["verdict"] == "behind" else "headline.watch", title=worst["title"]))
    return " ".join(said)


def next_step(t: Language, row: dict[str, Any]) -> str:
    """What to do about an indicator that needs someone."""
    if row["alert"] in NEEDS_FIGURES or row["verdict"] == "not_assessable":
        step = "figures"
    else:
        step = "decide" if row["verdict"] == "behind" else "watch"
    with_owner, without = NEXT_STEPS[step]
    return t(with_owner, owner=row["owner"], due=row["due"]) if row["owner"] else t(without, due=row["due"])


def _objectives(t: Language, rows: Rows) -> list[dict[str, Any]]:
    """Each objective in the order of the plan, with the indicators that serve it; empty where the plan has none."""
    names = list(dict.fromkeys(row["objective"] for row in sorted(rows, key=lambda row: row["at"])))
    if not any(names):
        return []
    found = []
    for name in sorted(names, key=lambda name: not name):
        mine = [row for row in rows if row["objective"] == name]
        judged = [row for row in mine if row["verdict"] != "not_assessable"]
        good = sum(row["verdict"] in GOOD for row in judged)
        share = t("objective.share", good=t.whole(good), judged=t.whole(len(judged))) if judged else t("objective.none")
        found.append({"name": name or t("objective.without"), "share": share, "rows": mine})
    return found
