"""The same page as HTML: whole in itself, and made to be printed on one sheet."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.brief.chart import caption, describe, svg
from reports.brief.citation import cite_indicator
from reports.brief.compose import HEADER, Brief, reference_marks
from reports.brief.sheet import HEADINGS, NOTHING, subtitle


def page(brief: Brief) -> str:
    """The HTML of a brief that fits. Everything that comes from the data is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def told(part: str) -> list[tuple[str, list[str]]]:
        return [(one.text, reference_marks(brief, one.references).split()) for one in getattr(brief, part)]

    return environment.get_template("page.html").render(
        brief=brief,
        subtitle=subtitle(brief),
        headings=HEADINGS,
        nothing=NOTHING,
        header=HEADER,
        parts={part: told(part) for part in ("sentences", "limits", "asks")},
        rows=[(reference_marks(brief, [line.reference]), line.cells) for line in brief.rows],
        charts=[
            (Markup(svg(one)), caption(one), describe(one), reference_marks(brief, [cite_indicator(one)]))  # noqa: S704
            for one in brief.chart
        ],
    )
