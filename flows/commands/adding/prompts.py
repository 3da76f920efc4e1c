"""Questions in a terminal, in plain words and 80 columns; without a terminal none is put."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import click

from flows.output import echo_wrapped
from sources.inspection.dialogue import Question


@dataclass(frozen=True, slots=True)
class Needed:
    """What only a person can say: the question, and the option that says it."""

    text: str
    option: str


@dataclass
class Prompts:
    """``is_terminal``: whether a person can be asked. ``needed`` collects what was not given where none can."""

    is_terminal: bool
    needed: list[Needed] = field(default_factory=list)

    def text(
        self, question: str, option: str, default: str = "", read: Callable[[str], object] | None = None
    ) -> str | None:
        """The answer to a question; None where it is needed and nobody can be asked. An empty default is needed.

        ``read`` raises ``ValueError`` in plain words for an answer that it cannot take.
        """
        if not self.is_terminal:
            if default:
                return default
            self.needed.append(Needed(question, option))
            return None
        while True:
            echo_wrapped(question)
            answer = str(click.prompt("  answer", default=default or None, show_default=bool(default))).strip()
            try:
                if read is not None:
                    read(answer)
            except ValueError as error:
                echo_wrapped(f"That does not do: {error}.", "  ")
                continue
            return answer

    def optional(self, question: str, default: str = "") -> str:
        """The answer, or an empty text where the person just presses Enter or nobody can be asked."""
        if not self.is_terminal:
            return default
        echo_wrapped(f"{question} Press Enter to leave it{f' as it is: {default}' if default else ' out'}.")
        return str(click.prompt("  answer", default=default, show_default=False)).strip()

    def choice(self, question: Question) -> str:
        """The value of the chosen answer, by its number or its name. Only in a terminal."""
        echo_wrapped(question.text)
        echo_wrapped(f"({question.why})", "  ")
        if not question.choices:
            return str(click.prompt("  answer")).strip()
        return _chosen([(choice.value, choice.meaning) for choice in question.choices])

    def one_of(self, text: str, options: Sequence[tuple[str, str]], default: str) -> str:
        """One of a few values, each with its meaning; the default where nobody can be asked."""
        if not self.is_terminal:
            return default
        echo_wrapped(text)
        return _chosen(options, default)


def _chosen(options: Sequence[tuple[str, str]], default: str | None = None) -> str:
    """One of the values, by its number or its name."""
    echo_numbered(meaning for _, meaning in options)
    values = [value for value, _ in options]
    usual = None if default is None else str(values.index(default) + 1)
    while True:
        answer = str(click.prompt("  number", default=usual)).strip()
        if answer in values:
            return answer
        if answer.isdecimal() and 1 <= int(answer) <= len(values):
            return values[int(answer) - 1]
        echo_wrapped(f"Write a number from 1 to {len(values)}.", "  ")


def echo_numbered(texts: Iterable[str]) -> None:
    """Print a list whose entries are chosen by their numbers."""
    for number, text in enumerate(texts, 1):
        echo_wrapped(f"{number}  {text}", "    ", "       ")
