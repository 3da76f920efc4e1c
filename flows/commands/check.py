"""``kmi check``: the faults of the plan, advice on it, and the access to its sources."""

import re
from collections.abc import Callable, Sequence, Sized
from dataclasses import dataclass
from datetime import timedelta

import click

from flows.commands.check_evidence import read_evidence
from flows.output import count_noun, show_json
from flows.steps.context import Context, Log
from flows.steps.redaction import page_without_secrets, parsed_without_secrets
from plan.load import PlanError
from plan.positions import read_yaml
from plan.smart import Advice, advise
from plan.to_fill_in import ToFillIn, places_to_fill_in
from sources.web.session import Session
from warehouse.errors import ConfigError, KmiError
from warehouse.lock import hold_lock
from warehouse.object_root import ObjectRoot
from warehouse.schema import Window

PROBLEM_LOCATION = re.compile(r"^.*?:(\d+):(\d+): (.*)$")
EXIT_WRONG_PLAN = 2


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """``strict``: advice counts as a fault.

    ``as_json``: one document on stdout, progress on stderr.
    """

    connect: bool = False
    strict: bool = False
    as_json: bool = False


@dataclass(frozen=True, slots=True)
class LocatedAdvice:
    """A piece of advice and its place in the file; line and column count from 1."""

    line: int
    column: int
    advice: Advice

    @property
    def field(self) -> str:
        return ".".join(str(step) for step in self.advice.path)


@dataclass(frozen=True, slots=True)
class AccessResult:
    """Whether a source, or the warehouse in an object store, could be used, and the lines to print about it."""

    source: str
    ok: bool
    lines: tuple[str, ...]


def check_plan(open_context: Callable[[Log], Context], options: CheckOptions) -> int:
    """Print what the plan contains and what in it is not SMART; returns the exit code.

    Raises ``ConfigError`` for a plan with a fault, except with ``as_json``, which prints the fault.
    """
    try:
        context = open_context(lambda line: click.echo(line, err=options.as_json))
    except ConfigError as error:
        if not options.as_json:
            raise
        empty: dict[str, object] = {"advice": [], "cannot_judge": [], "to_fill_in": [], "sources": []}
        show_json({"problems": _problems(error), **empty})
        return EXIT_WRONG_PLAN
    located = _locate_advice(context)
    advice = [item for item in located if item.advice.judged]
    unjudged = [item for item in located if not item.advice.judged]
    blanks = places_to_fill_in(context.loaded)
    results = []
    if options.connect:
        results = [*_try_warehouse(context), *(_try_source(context, name) for name in _ready(context))]
    if options.as_json:
        show_json(_document(advice, unjudged, blanks, results))
    else:
        _print_plan(context, advice, unjudged, blanks)
        _print_results(results)
    if not all(result.ok for result in results):
        return 1
    return EXIT_WRONG_PLAN if options.strict and (advice or blanks) else 0


def _ready(context: Context) -> list[str]:
    """The sources that are set up; the others are among the places to fill in."""
    return [name for name in context.loaded.sources if context.loaded.plan.sources[name].ready]


def _locate_advice(context: Context) -> list[LocatedAdvice]:
    """All advice in the order of the file.

    The file is read again for line numbers only if there is any advice.
    """
    loaded = context.loaded
    advice = list(advise(loaded.plan, loaded.sources, read_evidence(context), context.today))
    if not advice:
        return []
    positions = read_yaml(loaded.path.read_text(encoding="utf-8-sig"), loaded.path.name)
    located = [LocatedAdvice(*positions.of(item.path), item) for item in advice]
    return sorted(located, key=lambda item: (item.line, item.column))


def _document(
    advice: Sequence[LocatedAdvice],
    unjudged: Sequence[LocatedAdvice],
    blanks: Sequence[ToFillIn],
    results: Sequence[AccessResult],
) -> dict[str, object]:
    return {
        "problems": [],
        "advice": _advice_rows(advice),
        "cannot_judge": _advice_rows(unjudged),
        "to_fill_in": [{"line": blank.line, "field": blank.field, "what": blank.what} for blank in blanks],
        "sources": [{"source": result.source, "answers": result.ok, "says": list(result.lines)} for result in results],
    }


def _problems(error: ConfigError) -> list[dict[str, object]]:
    if not isinstance(error, PlanError):
        return [{"line": None, "column": None, "says": str(error)}]
    return [_problem(text) for text in error.problems]


def _problem(text: str) -> dict[str, object]:
    match = PROBLEM_LOCATION.match(text)
    if match is None:
        return {"line": None, "column": None, "says": text}
    return {"line": int(match[1]), "column": int(match[2]), "says": match[3]}


def _advice_rows(located: Sequence[LocatedAdvice]) -> list[dict[str, object]]:
    return [
        {
            "line": item.line,
            "column": item.column,
            "letter": item.advice.letter,
            "field": item.field,
            "what": item.advice.what,
            "do": item.advice.do,
        }
        for item in located
    ]


def _print_plan(
    context: Context, advice: Sequence[LocatedAdvice], unjudged: Sequence[LocatedAdvice], blanks: Sequence[ToFillIn]
) -> None:
    path, plan = context.loaded.path, context.loaded.plan
    parts: dict[str, Sized] = {
        "source": context.loaded.sources,
        "indicator": plan.indicators,
        "activity": plan.activities,
    }
    click.echo(f"{path}: {', '.join(count_noun(len(items), noun) for noun, items in parts.items())}: no fault found")
    for blank in blanks:
        click.echo(
            f"{path.name}:{blank.line}: to fill in: {': '.join(part for part in (blank.field, blank.what) if part)}"
        )
    if blanks:
        click.echo(f"{count_noun(len(blanks), 'place')} to fill in; delete the mark FILL IN where it is done")
    for item in advice:
        location = f"{path.name}:{item.line}:{item.column}"
        click.echo(f"{location}: {item.advice.letter}: {item.field}: {item.advice.what}: {item.advice.do}")
    if advice:
        pieces = count_noun(len(advice), "piece")
        click.echo(f"{pieces} of advice; 'kmi check --strict' exits {EXIT_WRONG_PLAN} until the plan follows it")
    if unjudged:
        targets = count_noun(len(unjudged), "target")
        click.echo(
            f"too little is known of the past to judge whether {targets} can be attained; 'kmi check --json' lists them"
        )


def _print_results(results: Sequence[AccessResult]) -> None:
    for result in results:
        for line in result.lines:
            click.echo(f"{result.source}: {line}", err=not result.ok)


def _try_warehouse(context: Context) -> list[AccessResult]:
    """Hold the lock of a warehouse in an object store for a moment, which tests its conditional writes."""
    root = context.root
    if not isinstance(root, ObjectRoot):
        return []
    try:
        with hold_lock(root, wait_s=0, log=context.log):
            return [AccessResult(root.address, True, ("keeps conditional writes: one run writes at a time",))]
    except KmiError as error:
        return [AccessResult(root.address, False, (f"FAILED: {error}",))]


def _try_source(context: Context, name: str) -> AccessResult:
    """Fetch and parse the last seven days of a source; nothing is stored."""
    source, now = context.loaded.sources[name], context.clock()
    today = now.astimezone(source.place.zone).date()
    window = Window(today - timedelta(days=7), today)
    session = Session(context.resolve, {"redactor": context.redactor}, **context.retry_policy)
    try:
        pages = [page_without_secrets(page, session.redactor) for page in source.fetch(window, now, session)]
        parsed = parsed_without_secrets(source.parse(pages), session.redactor)
    except KmiError as error:
        return AccessResult(name, False, (context.redactor.redact_text(f"FAILED: {error}"),))
    found = (
        count_noun(len(pages), "page"),
        count_noun(sum(page.size for page in pages), "byte"),
        f"{count_noun(len(parsed.observations), 'observation')} in {window}",
        f"{len(parsed.refused)} refused",
    )
    lines = [f"answers: {', '.join(found)}", *parsed.notes]
    if parsed.access_expires_at is not None:
        lines.append(f"the access ends on {parsed.access_expires_at:%Y-%m-%d %H:%M} UTC")
    return AccessResult(name, True, tuple(lines))
