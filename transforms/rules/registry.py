"""The rules by name, each with the edition of the publication that it follows."""

from collections.abc import Callable
from dataclasses import dataclass

from transforms.rules.destatis import destatis
from transforms.rules.eurostat import eurostat
from transforms.rules.hp2030 import hp2030
from transforms.rules.inputs import Outcome, RuleInputs
from transforms.rules.pace import pace
from transforms.rules.sdsn import sdsn
from transforms.rules.statcan import statcan
from transforms.rules.unsd import unsd


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule and its edition.

    The published tables carry its ``identity``, such as ``statcan@2.4``.
    """

    name: str
    edition: str
    apply: Callable[[RuleInputs], Outcome]

    @property
    def identity(self) -> str:
        return f"{self.name}@{self.edition}"


RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule("pace", "1", pace),
        Rule("statcan", "2.4", statcan),
        Rule("eurostat", "public", eurostat),
        Rule("unsd", "2023", unsd),
        Rule("sdsn", "2018", sdsn),
        Rule("hp2030", "2030", hp2030),
        Rule("destatis", "2021", destatis),
    )
}
