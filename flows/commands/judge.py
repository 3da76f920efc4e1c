"""``kmi judge``: progress rules over any table of baselines, current values and targets."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np

from flows.commands.judging.column_names import NEEDS, find_columns
from flows.commands.judging.decimal_mark import Mark
from flows.commands.judging.figures import Figures, read_figures
from flows.commands.judging.judged_table import as_csv
from flows.commands.judging.table_file import TableFile, read_table
from sources.files.csv_lines import Encoding
from transforms.rules.direction_doubt import DOUBT, question_direction
from transforms.rules.inputs import MISSING, Outcome
from transforms.rules.registry import RULES, Rule
from warehouse.errors import ConfigError

MOST_LINES = 20
"""So many lines about rows are shown; each row has its reason in the table."""


@dataclass(frozen=True, slots=True)
class JudgeOptions:
    """The rules, where the result goes (None: the terminal), and how the file is written (None: to be found out)."""

    rule: str | None = None
    all_rules: bool = False
    output: Path | None = None
    encoding: Encoding = "auto"
    sheet: str | None = None
    decimal: Mark | None = None

    @property
    def rules(self) -> list[Rule]:
        """Raises ``ConfigError`` where one rule is named and all are wanted."""
        if self.rule and self.all_rules:
            do = "give one of the two"
            raise ConfigError("--rule names one rule and --all-rules takes all", where="kmi judge", do=do)
        return list(RULES.values()) if self.all_rules else [RULES[self.rule or "pace"]]


def judge_file(path: Path, options: JudgeOptions) -> None:
    """Add what the rules say to each row. A row that cannot be read is not judged, and the others are.

    Raises ``ConfigError`` for a file that cannot be read or written, ``ShapeError`` for one that is no table to judge.
    """
    rules = options.rules
    if options.output is not None:
        _check_output(path, options.output)
    table = read_table(path, options.encoding, options.sheet, NEEDS)
    columns, notes = find_columns(table.sheet)
    figures = read_figures(table, columns, options.decimal)
    outcomes = {rule.name: apply_rule(rule, figures) for rule in rules}
    text, renamed = as_csv(table, outcomes, figures.mark)
    if figures.mark.mark == "," and options.decimal is None:
        notes.append(f"{table.sheet.where}: read the numbers with a decimal comma")
    for note in (*notes, *renamed, *_about_rows(table, columns, figures)):
        click.echo(note, err=True)
    if options.output is None:
        click.echo(text, nl=False)
        return
    _write(text, options.output)
    click.echo(f"{_summary(len(table.rows), outcomes)}; written to {options.output}")


def apply_rule(rule: Rule, figures: Figures) -> Outcome:
    """What the rule says of each row, and of a row that it cannot judge, what is wrong with it."""
    outcome = question_direction(figures.inputs, rule.apply(figures.inputs))
    reasons = [
        fault.reason if fault is not None else _with_blanks(str(reason), blank)
        for reason, fault, blank in zip(outcome.reason, figures.faults, figures.blank, strict=True)
    ]
    return replace(outcome, reason=np.array(reasons, dtype=object))


def _with_blanks(reason: str, blank: Sequence[str]) -> str:
    """The reason with the columns that are blank; a target matters only where all else is there."""
    needed = [name for name in blank if not name.startswith("target")] or list(blank)
    if not reason.startswith(MISSING):
        return reason
    return f"{MISSING}: {' and '.join(needed)}{reason.removeprefix(MISSING)}"


def _about_rows(table: TableFile, columns: dict[str, int], figures: Figures) -> list[str]:
    """What is wrong with which row, and where the direction is doubtful."""
    lines = []
    beyond = figures.inputs.base_beyond.tolist()
    for row, fault, doubtful in zip(table.rows, figures.faults, beyond, strict=True):
        if fault is not None:
            where = table.sheet.address(row.number, columns[fault.column] if fault.column else None)
            lines.append(f"{where}: {fault.what}, so the row is not judged: {fault.do}")
        elif doubtful:
            lines.append(f"{table.sheet.address(row.number)}: {DOUBT.removeprefix('; ')}")
    if len(lines) > MOST_LINES:
        rest = f"{table.sheet.where}: {len(lines) - MOST_LINES} more rows like these; each has its reason in the result"
        lines[MOST_LINES:] = [rest]
    return lines


def _summary(rows: int, outcomes: dict[str, Outcome]) -> str:
    parts = []
    for name, outcome in outcomes.items():
        counts = Counter(outcome.verdict.tolist()).most_common()
        parts.append(f"{RULES[name].identity}: {', '.join(f'{count} {verdict}' for verdict, count in counts)}")
    return f"{rows} rows judged by {'; by '.join(parts)}"


def _check_output(path: Path, output: Path) -> None:
    """Raises ``ConfigError`` for an output that would replace the table, or be CSV under another name."""
    if output.exists() and path.exists() and output.samefile(path):
        what, do = "the result would overwrite the table", "name another file with --output"
        raise ConfigError(what, where=str(output), do=do)
    if output.suffix.lower() in {".xlsx", ".xlsm", ".xls", ".ods", ".parquet"}:
        do = f"name it {output.with_suffix('.csv').name} with --output"
        raise ConfigError("the result is a CSV file", where=str(output), do=do)


def _write(text: str, output: Path) -> None:
    try:
        output.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        what = f"the result cannot be written here ({error.strerror or error})"
        raise ConfigError(what, where=str(output), do="name another file with --output") from None
