"""What an inspection finds, for people and for programs."""

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from sources.inspection.dialogue import Dialogue, Guess, Question
from sources.inspection.reconcile import Reconciliation
from sources.inspection.table import Proposal

if TYPE_CHECKING:
    import pandas as pd

VERSION = 1
"""Of the JSON form; it rises when a key changes its meaning or goes."""


@dataclass
class Inspection:
    """One file, folder or address.

    picture: a few lines of the table, each with what it is taken for. settings: of the proposed source; empty where
    ``problem`` says why there is none. kinds: of each metric flow, level or counter.
    """

    name: str
    form: str
    guesses: list[Guess] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    picture: list[tuple[str, str]] = field(default_factory=list)
    settings: dict[str, object] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    reconciliation: Reconciliation | None = None
    proposal: Proposal | None = None
    """What the settings were proposed with; not part of the JSON form."""
    observations: "pd.DataFrame | None" = None
    """What the proposed settings read, with the columns of every source; not part of the JSON form."""
    used: set[str] = field(default_factory=set)
    """The names of all questions that came up, answered or not."""

    @property
    def state(self) -> str:
        """``ready`` with totals that agree, ``asks``, ``unreadable``, or ``differs``."""
        if self.questions:
            return "asks"
        if self.problem or not self.settings:
            return "unreadable"
        found = self.reconciliation
        return "ready" if found is None or found.agrees or found.refused_count else "differs"

    def close(self, dialogue: Dialogue) -> "Inspection":
        """The inspection with what the dialogue has collected."""
        self.guesses, self.questions, self.used = dialogue.guesses, dialogue.questions, dialogue.used
        return self

    def as_document(self) -> dict[str, Any]:
        """The JSON form, with its version."""
        found = self.reconciliation
        document: dict[str, Any] = {
            "version": VERSION,
            "name": self.name,
            "form": self.form,
            "state": self.state,
            "guesses": [asdict(guess) for guess in self.guesses],
            "questions": [asdict(question) | {"option": question.option} for question in self.questions],
            "settings": self.settings,
            "kinds": self.kinds,
            "units": self.units,
            "problem": self.problem,
            "reconciliation": None,
        }
        if found is not None:
            agreement = [asdict(metric) | {"agrees": metric.agrees} for metric in found.metrics]
            document["reconciliation"] = asdict(found) | {"agrees": found.agrees, "metrics": agreement}
        return document
