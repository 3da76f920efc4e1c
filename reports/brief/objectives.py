"""The indicators of the brief by the objective that they serve."""

from dataclasses import dataclass

from reports.brief.compose import FEWEST_CHART_VALUES, Brief, value_count
from reports.brief.inputs import JudgedIndicator, one_line


@dataclass(frozen=True)
class Objective:
    """``name``: empty for those that serve none; ``indicators``: those with a target first, the gravest first."""

    name: str
    indicators: tuple[JudgedIndicator, ...]

    @property
    def leading(self) -> JudgedIndicator | None:
        """The gravest indicator that is judged and whose chart shows enough values; None where there is none."""
        enough = [one for one in self.indicators if value_count(one) >= FEWEST_CHART_VALUES]
        return min(enough, key=lambda one: one.verdict["verdict"] == "not_assessable", default=None)


def by_objective(brief: Brief) -> list[Objective]:
    """The objectives, the one with the gravest indicator first; those that serve none come last."""
    names = dict.fromkeys(one.row["objective"] or "" for one in brief.indicators)
    return [
        Objective(one_line(name), tuple(one for one in brief.indicators if (one.row["objective"] or "") == name))
        for name in sorted(names, key=lambda name: not name)
    ]
