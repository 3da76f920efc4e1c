"""The brief as one self-contained HTML page, which also prints."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.brief.compose import Brief
from reports.brief.content import content

DRAWINGS = ("svg", "narrow")


def page(brief: Brief) -> str:
    """The HTML of a brief. Everything that comes from the data is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filled = content(brief)
    drawings = [{name: _with_own_ids(chart[name], name) for name in DRAWINGS} for chart in filled["charts"]]
    return environment.get_template("page.html").render(brief=filled, drawings=drawings)


def _with_own_ids(svg: str, name: str) -> Markup:
    """A drawing of ours, whose texts are escaped, with identifiers that the other one on the page does not have."""
    for before in (' id="', "url(#", 'href="#'):
        svg = svg.replace(before, f"{before}{name}-")
    return Markup(svg)  # noqa: S704
