"""What is taken for what with which evidence, and what only a person can say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from warehouse.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Guess:
    """A part of the file, what it is taken for, and the evidence in the file."""

    part: str
    meaning: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One possible answer, and what it means in plain words."""

    value: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Question:
    """What nothing in the file says. ``choices`` is empty where any text may be the answer, such as a year."""

    name: str
    text: str
    why: str
    choices: tuple[Choice, ...] = ()

    @property
    def option(self) -> str:
        """How a script gives the answer."""
        value = "|".join(choice.value for choice in self.choices) or "TEXT"
        return f"--answer '{self.name}={value}'" if " " in value or "|" in value else f"--answer {self.name}={value}"


@dataclass
class Dialogue:
    """Collects guesses and questions; ``answers`` are those that a person has given, by the name of the question."""

    answers: Mapping[str, str] = field(default_factory=dict)
    guesses: list[Guess] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def take(self, part: str, meaning: str, evidence: str) -> None:
        """Note what a part of the file is taken for."""
        guess = Guess(part, meaning, evidence)
        if guess not in self.guesses:
            self.guesses.append(guess)

    def answer_to(self, name: str, text: str, why: str, choices: Sequence[tuple[str, str]] = ()) -> str | None:
        """The answer, or None where it is not given yet. Raises ``ConfigError`` for one that is not a choice."""
        question = Question(name, text, why, tuple(Choice(*choice) for choice in choices))
        self.used.add(name)
        answer = self.answers.get(name)
        if answer is None:
            if all(other.name != name for other in self.questions):
                self.questions.append(question)
            return None
        values = [choice.value for choice in question.choices]
        if values and answer not in values:
            what = f"'{answer}' does not answer the question '{name}': {text}"
            raise ConfigError(what, do=f"answer with one of: {', '.join(values)}")
        meaning = next((choice.meaning for choice in question.choices if choice.value == answer), answer)
        self.take(name, meaning, "you said so")
        return answer

    def number_for(self, name: str, text: str, why: str, least: int, most: int) -> int | None:
        """As ``answer_to``, for a whole number from ``least`` to ``most``."""
        answer = self.answer_to(name, text, why)
        if answer is None:
            return None
        if not (answer.isdecimal() and answer.isascii() and least <= int(answer) <= most):
            what = f"'{answer}' does not answer the question '{name}': {text}"
            raise ConfigError(what, do=f"answer with a whole number from {least} to {most}")
        return int(answer)
