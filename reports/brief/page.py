"""The brief as one self-contained HTML page, made to be printed on one sheet."""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.brief.chart import caption, describe, svg
from reports.brief.citation import Reference, cite_indicator
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
    parts = {"sentences": brief.sentences, "limits": brief.limits, "requests": brief.requests}
    return environment.get_template("page.html").render(
        brief=brief,
        subtitle=subtitle(brief),
        headings=HEADINGS,
        nothing=NOTHING,
        header=HEADER,
        parts={name: [(one.text, _marks(brief, one.references)) for one in part] for name, part in parts.items()},
        rows=[(reference_marks(brief, [row.reference]), row.cells) for row in brief.rows],
        charts=[
            (Markup(svg(one)), caption(one), describe(one), reference_marks(brief, [cite_indicator(one)]))  # noqa: S704
            for one in brief.chart
        ],
    )


def _marks(brief: Brief, references: Sequence[Reference]) -> list[str]:
    return reference_marks(brief, references).split()
