"""What is wrong with a text that is not YAML, in words, from the line on which the parser stopped."""

import re
from dataclasses import dataclass

from ruamel.yaml.error import MarkedYAMLError

NO_BREAK = "\N{NO-BREAK SPACE}"
KEY = re.compile(r"^(\s*(?:- )?)(\"[^\"]*\"|'[^']*'|[^\s#'\"{\[][^:#]*):(\s+|$)(.*)$")
NO_SPACE = re.compile(r"^(\s*(?:- )?)([a-z_]+):([^\s/].*)$")
DASH = re.compile(r"^\s*-[^\s-]")
CLOSE = re.compile(r"expected ',' or '([\]}])'")
STRAY = re.compile(r"found character '(.)' that cannot start any token")


@dataclass(frozen=True, slots=True)
class YamlFault:
    """Line and column count from 1. ``do`` is what to write."""

    line: int
    column: int
    what: str
    do: str


def explain(text: str, error: MarkedYAMLError) -> YamlFault:
    """The fault behind ``error``, which the parser of YAML raised for ``text``."""
    mark, start = error.problem_mark or error.context_mark, error.context_mark
    if mark is None:
        return YamlFault(1, 1, "this is not YAML", "compare it with the plan that 'kmi init' writes")
    lines = [*text.splitlines(), ""]
    at = min(mark.line, len(lines) - 1)
    problem = (error.problem or "").split("\n")[0]
    found = (
        _of_the_line(lines, at, mark.column, problem)
        or (_duplicate(lines, at, mark.column, start.line if start else 0) if "duplicate key" in problem else None)
        or _of_the_block(lines, at, start, problem)
    )
    if found is not None:
        return found
    what = f"this is not YAML: {problem or 'it breaks off'}"
    return YamlFault(at + 1, mark.column + 1, what, "check the indentation and the quotes here and on the line above")


def _of_the_line(lines: list[str], at: int, column: int, problem: str) -> YamlFault | None:
    """What the line itself shows."""
    line, above = lines[at], lines[at - 1] if at else ""
    if "\t" in line[: len(line) - len(line.lstrip())] or line[column : column + 1] == "\t":
        return YamlFault(at + 1, line.index("\t") + 1, "there is a tab on this line", "write spaces in its place")
    for number, text in ((at, line), (at - 1, above)):
        if NO_BREAK in text[: _indent(text)]:
            what = "this line begins with no-break spaces, as web pages and word processors write them"
            return YamlFault(number + 1, 1, what, "delete them and type ordinary spaces")
    if "unknown escape character" in problem:
        do = "write / in its place, or put the text in single quotes, such as 'C:\\data\\visits.csv'"
        return YamlFault(at + 1, column + 1, "a backslash has a special meaning in double quotes", do)
    if "undefined alias" in problem or STRAY.search(problem) or "mapping keys are not allowed" in problem:
        character = line[column : column + 1] if "alias" not in problem else "*"
        do = "put the text in double quotes" if character != "?" else "write the value, or leave the place empty"
        return YamlFault(at + 1, column + 1, f"a text cannot begin with '{character}'", do)
    if "could not find expected ':'" in problem:
        return _without_colon(lines, at)
    if "mapping values are not allowed" in problem:
        return _second_colon(at, line, above)
    return None


def _without_colon(lines: list[str], at: int) -> YamlFault:
    bare = next((n for n in range(at, -1, -1) if lines[n].strip() and not KEY.match(lines[n])), at)
    key, _, value = lines[bare].strip().partition(" ")
    do = f"write '{key}: {value}'" if value else f"write '{key}:' and a value"
    return YamlFault(bare + 1, len(lines[bare]) - len(lines[bare].lstrip()) + 1, "this line has no colon", do)


def _second_colon(at: int, line: str, above: str) -> YamlFault:
    joined = NO_SPACE.match(above)
    if joined:
        do = f"write '{joined[2]}: {joined[3].strip()}'"
        return YamlFault(at, len(joined[1]) + 1, f"there is no space after the colon of '{joined[2]}'", do)
    if DASH.match(line):
        return YamlFault(at + 1, line.index("-") + 1, "there is no space after the dash", "write '- ' before the entry")
    match = KEY.match(line)
    if match and re.search(r":(\s|$)", match[4]):
        text = match[4].split(" #")[0].strip().replace('"', "'")
        what, do = "the text holds a colon, which would begin another key", f'put it in quotes: {match[2]}: "{text}"'
        return YamlFault(at + 1, len(line) - len(match[4]) + 1, what, do)
    indent = _indent(line)
    what = f"this line begins in column {indent + 1}, deeper than the line above, which has its value already"
    return YamlFault(at + 1, indent + 1, what, "begin the two lines in the same column")


def _duplicate(lines: list[str], at: int, column: int, block: int) -> YamlFault:
    """``column`` is that of the second key; ``block`` the line on which the mapping begins."""
    rest = lines[at][column:]
    key = (re.match(r"[\"']?([^\"':]+)", rest) or [rest, rest])[1].strip()
    same = re.compile(rf"^.{{{column}}}[\"']?{re.escape(key)}[\"']?\s*:")
    first = next((n for n in range(block, at) if same.match(lines[n])), None)
    where = f", first on line {first + 1}" if first is not None else ""
    what = f"'{key}' is written twice on the same level{where}"
    return YamlFault(at + 1, column + 1, what, "keep one of the two, or give one of them another name")


def _of_the_block(lines: list[str], at: int, start: object, problem: str) -> YamlFault | None:
    """What does not end, or does not belong to its block."""
    line = lines[at]
    opened = getattr(start, "line", at), getattr(start, "column", 0)
    sign = lines[opened[0]][opened[1] : opened[1] + 1] if opened[0] < len(lines) else ""
    if closing := CLOSE.search(problem):
        what = f"the bracket '{sign}' that opens here is not closed"
        return YamlFault(opened[0] + 1, opened[1] + 1, what, f"write '{closing[1]}' where its list ends")
    if "end of stream" in problem and sign in {"'", '"'}:
        return YamlFault(
            opened[0] + 1, opened[1] + 1, f"the quotation mark {sign} that opens here is not closed", "close it"
        )
    if "expected <block end>" not in problem:
        return None
    if line.count("'") > 2 and "<scalar>" in problem:
        return YamlFault(
            at + 1, line.index("'") + 1, "a text in single quotes holds an apostrophe", "put the text in double quotes"
        )
    indent, wanted = _indent(line), opened[1]
    if indent == wanted and "-" in (sign, line.strip()[:1]):
        what = f"the block from line {opened[0] + 1} mixes entries with a dash and keys without"
        return YamlFault(at + 1, indent + 1, what, "begin all of them with '- ', or none")
    if sign == "-" and line.strip()[:1] != "-":
        wanted += 2  # below the key behind the dash
    what = f"this line begins in column {indent + 1}, and the block that it belongs to in column {wanted + 1}"
    do = f"begin it in column {wanted + 1}, or move the lines of the block as well"
    return YamlFault(at + 1, indent + 1, what, do)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
