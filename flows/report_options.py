"""The options of ``kmi report``, ``kmi brief``, ``kmi health``, ``kmi demo`` and of what runs."""

import click

from flows.options import DAY, PATH, together
from reports.words import LANGUAGES

REPORT_FOLDER = click.option(
    "--output", type=PATH, default="kmi-report", show_default=True, help="The folder to write; its content is replaced."
)
LANGUAGE = click.option(
    "--language",
    "code",
    type=click.Choice(LANGUAGES),
    help="The language of the pages.  [default: that of the plan; of a fleet en]",
)
BRIEF_FORMS = ("pdf", "html", "pptx", "docx")
BRIEF_OPTIONS = together(
    click.option("--output", type=PATH, default="kmi-brief", show_default=True, help="The folder for the files."),
    click.option(
        "--to",
        "forms",
        type=click.Choice(BRIEF_FORMS),
        multiple=True,
        help="The form: pdf, html, pptx for PowerPoint, docx for Word; may be repeated.  [default: pdf and html]",
    ),
    click.option("--objective", help="Only the indicators that serve this objective."),
    LANGUAGE,
)
WITHIN = click.option(
    "--within", default="26h", show_default=True, help="How long ago the last run may have finished: 26h, 90m, 2d."
)
WAIT = click.option(
    "--wait", "wait_s", type=float, default=600.0, show_default=True, help="Seconds to wait for another run to end."
)


DEMO_OPTIONS = together(
    click.option("--folder", type=PATH, default="kmi-demo", show_default=True, help="The folder of the demo."),
    click.option("--today", type=DAY, help="The day that the demo uses as today."),
    click.option("--open", "opens_page", is_flag=True, help="Open the first page in the browser."),
)
