"""``kmi check``: the plan holds together, is it SMART, and with ``--connect`` does every source answer."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import click

from flows.commands.check_evidence import read_evidence
from flows.commands.status import show_json
from flows.output import count_noun
from flows.steps.context import Context
from plan.load import PlanError
from plan.positions import read_yaml
from plan.smart import Advice, advise
from sources.web.session import Session
from warehouse.errors import ConfigError, KmiError
from warehouse.schema import Window

PROBLEM_LOCATION = re.compile(r"^.*?:(\d+):(\d+): (.*)$")
EXIT_WRONG_PLAN = 2
Log = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """``strict``: advice is a fault. ``as_json``: one document for programs, news go to stderr."""

    connect: bool = False
    strict: bool = False
    as_json: bool = False


@dataclass(frozen=True, slots=True)
class LocatedAdvice:
    """A piece of advice with its place in the file, from 1."""

    line: int
    column: int
    advice: Advice

    @property
    def field(self) -> str:
        return ".".join(str(step) for step in self.advice.path)


@dataclass(frozen=True, slots=True)
class AccessResult:
    """How a source answered, in sentences."""

    source: str
    answers: bool
    says: tuple[str, ...]


def check_plan(open_context: Callable[[Log], Context], asked: CheckOptions) -> int:
    """Say what the plan holds and what is not SMART in it; the exit code. Raises ``ConfigError`` for a plan with a fault, unless told as JSON."""
    try:
        context = open_context(lambda line: click.echo(line, err=asked.as_json))
    except ConfigError as error:
        if not asked.as_json:
            raise
        show_json({"problems": _problems(error), "advice": [], "cannot_judge": [], "sources": []})
        return EXIT_WRONG_PLAN
    placed = _placed(context)
    advice, unjudged = ([one for one in placed if one.advice.judged is judged] for judged in (True, False))
    answers = [_ask(context, name) for name in context.loaded.sources] if asked.connect else []
    if asked.as_json:
        show_json(
            {
                "problems": [],
                "advice": _plain(advice),
                "cannot_judge": _plain(unjudged),
                "sources": [_answer(one) for one in answers],
            }
        )
    else:
        _say(context, advice, unjudged)
        _say_answers(answers)
    failed = any(not answer.answers for answer in answers)
    return 1 if failed else EXIT_WRONG_PLAN if asked.strict and advice else 0


def _placed(context: Context) -> list[LocatedAdvice]:
    """All advice in the order of the file. The file is read again for its lines only where there is any."""
    loaded = context.loaded
    advice = list(advise(loaded.plan, loaded.sources, read_evidence(context), context.today))
    if not advice:
        return []
    positions = read_yaml(loaded.path.read_text(encoding="utf-8-sig"), loaded.path.name)
    return sorted(
        (LocatedAdvice(*positions.of(one.path), one) for one in advice), key=lambda one: (one.line, one.column)
    )


def _problems(error: ConfigError) -> list[dict[str, object]]:
    if not isinstance(error, PlanError):
        return [{"line": None, "column": None, "says": str(error)}]
    found = [(problem, PROBLEM_LOCATION.match(problem)) for problem in error.problems]
    return [
        {"line": int(match[1]), "column": int(match[2]), "says": match[3]}
        if match
        else {"line": None, "column": None, "says": p}
        for p, match in found
    ]


def _plain(placed: Sequence[LocatedAdvice]) -> list[dict[str, object]]:
    return [
        {
            "line": p.line,
            "column": p.column,
            "letter": p.advice.letter,
            "field": p.field,
            "what": p.advice.what,
            "do": p.advice.do,
        }
        for p in placed
    ]


def _answer(answer: AccessResult) -> dict[str, object]:
    return {"source": answer.source, "answers": answer.answers, "says": list(answer.says)}


def _say(context: Context, advice: Sequence[LocatedAdvice], unjudged: Sequence[LocatedAdvice]) -> None:
    loaded = context.loaded
    held = {
        "source": len(loaded.sources),
        "indicator": len(loaded.plan.indicators),
        "activity": len(loaded.plan.activities),
    }
    click.echo(f"{loaded.path}: {', '.join(count_noun(number, noun) for noun, number in held.items())}: no fault found")
    for one in advice:
        click.echo(
            f"{loaded.path.name}:{one.line}:{one.column}: {one.advice.letter}: {one.field}: {one.advice.what}: {one.advice.do}"
        )
    if advice:
        click.echo(
            f"{count_noun(len(advice), 'piece')} of advice; 'kmi check --strict' exits {EXIT_WRONG_PLAN} until the plan follows it"
        )
    if unjudged:
        click.echo(
            f"not enough is known of the past to say whether {count_noun(len(unjudged), 'target')} can be attained; 'kmi check --json' names them"
        )


def _say_answers(answers: Sequence[AccessResult]) -> None:
    for answer in answers:
        for line in answer.says:
            click.echo(f"{answer.source}: {line}", err=not answer.answers)


def _ask(context: Context, name: str) -> AccessResult:
    """Fetch and read the newest week of a source; nothing is kept."""
    source = context.loaded.sources[name]
    now = context.clock()
    today = now.astimezone(source.place.zone).date()
    window = Window(today - timedelta(days=7), today)
    try:
        pages = list(source.fetch(window, now, Session(context.resolve, **context.retry_policy)))
        parsed = source.parse(pages)
    except KmiError as error:
        return AccessResult(name, False, (f"FAILED: {error}",))
    size = sum(len(page.body) for page in pages)
    found = (
        count_noun(len(pages), "page"),
        count_noun(size, "byte"),
        f"{count_noun(len(parsed.observations), 'observation')} in {window}",
        f"{len(parsed.refused)} refused",
    )
    ends = parsed.access_expires_at
    access = () if ends is None else (f"the access ends on {ends:%Y-%m-%d %H:%M} UTC",)
    return AccessResult(name, True, (f"answers: {', '.join(found)}", *parsed.notes, *access))
