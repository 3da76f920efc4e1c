"""What the plan says about rows and files that have the same key."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from sources.files.left_out_names import LeftOutNames
from sources.files.packing import ENDINGS

TWICE = "keep only one of the two, or declare 'rows: add' where each row is an event and their values add up"


@dataclass(frozen=True, slots=True)
class KeyRules:
    """``rows`` and ``files`` as in ``KeySettings``.

    unfolded: names that are not folded with other spellings. left_out: as in ``KeySettings``. twice: what to do about
    two values of one key, for metrics to which ``TWICE`` does not apply.
    """

    rows: Literal["one", "add"] = "one"
    files: Literal["latest", "add", "branches"] | None = None
    unfolded: Set[str] = frozenset()
    left_out: LeftOutNames = field(default_factory=LeftOutNames)
    twice: Mapping[str, str] = field(default_factory=dict)


LeftOut = Annotated[
    tuple[str, ...],
    Field(
        description="what does not count, and of which all that is stored goes: names of entities, of metrics, or of a "
        "metric of an entity, such as [loans of Hill]"
    ),
]


class KeySettings(BaseModel):
    """How values of one entity and span that come more than once are taken."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: Literal["one", "add"] = Field(
        "one", description="add: each row is an event, and those of one entity and span are added up"
    )
    files: Literal["latest", "add", "branches"] | None = Field(
        None,
        description="latest: a later file replaces an earlier one; add: values are added up; branches: each file is a "
        "branch by its name. By default latest, unless most of the values differ: then they are refused",
    )
    left_out: LeftOut = ()

    def key_rules(self, rename: dict[str, str]) -> KeyRules:
        """The rules; a name that ``rename`` maps to itself is kept apart."""
        unfolded = frozenset(name for name, to in rename.items() if name == to)
        return KeyRules(self.rows, self.files, unfolded, LeftOutNames(self.left_out, unfolded))


def branch_of(name: str) -> str:
    """The name of a file without its folder and endings."""
    base = PurePosixPath(name).name
    while base.casefold().endswith(ENDINGS):
        base = base.rpartition(".")[0]
    return base.rpartition(".")[0] or base
