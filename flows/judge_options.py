"""The options of ``kmi judge``."""

import click

from flows.options import PATH, together
from plan.rule_names import RULE_NAMES

ENCODINGS = ("auto", "utf-8", "utf-16", "latin-1", "windows-1252")


JUDGE_OPTIONS = together(
    click.argument("table", type=PATH),
    click.option("--rule", type=click.Choice(RULE_NAMES), show_default="pace", help="The progress rule."),
    click.option("--all-rules", is_flag=True, help="Put the verdicts of all rules side by side."),
    click.option("--output", type=PATH, help="Where to write the result as CSV; the terminal otherwise."),
    click.option("--encoding", type=click.Choice(ENCODINGS), default="auto", help="The encoding of a CSV file."),
    click.option("--decimal", type=click.Choice([".", ","]), help="The decimal mark; found out by default."),
    click.option("--sheet", help="The sheet of a workbook; the first by default."),
)
"""The table, the rules, the output, and how the file is written where that cannot be found out."""
