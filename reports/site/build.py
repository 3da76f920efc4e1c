"""The site as files: every page from its template, and the pictures of each indicator as drawing and as data."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.language import Language
from reports.site.file_names import ACTIVITIES, HISTORY, MARKER, OVERVIEW, SOURCES, page_name, picture_file
from reports.site.indicator import indicator_page, pictures_of
from reports.site.lists import activities_page, history_page, sources_page
from reports.site.overview import overview
from reports.site.published_rows import PlanDetails, Published, load
from reports.site.scripts import hash_of, script
from warehouse.published_tables import PublishedTables

TEMPLATES = Path(__file__).parent / "templates"


def build_site(plan: PlanDetails, tables: PublishedTables, t: Language) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the files. Everything that comes from the data is escaped."""
    published = load(plan, tables)
    pages = _environment(published, t)

    def page(name: str, template: str, context: dict[str, Any]) -> tuple[str, bytes]:
        return name, pages.get_template(template).render(here=name, **context).encode()

    yield page(OVERVIEW, "overview.html", overview(published, t))
    yield page(ACTIVITIES, "activities.html", activities_page(published, t))
    yield page(SOURCES, "sources.html", sources_page(published, t))
    yield page(HISTORY, "history.html", history_page(published, t))
    for row in published.indicators:
        name, context = row["indicator_id"], indicator_page(published, t, row)
        yield page(page_name(name), "indicator.html", context)
        for picture in pictures_of(context):
            yield picture_file(name, picture.name, "svg"), picture.svg(f"{row['title']}. {context['source']}")
            yield picture_file(name, picture.name, "csv"), picture.csv()
    yield MARKER, f"{t('marker')}\n".encode()


def fleet_environment(name: str, t: Language, now: datetime) -> Environment:
    """The templates of the pages of a fleet, which lead to no other page: each has readers of its own."""
    environment = _templates()
    environment.globals.update(t=t, organisation=name, as_of=t.instant(now), menu=[], here="")
    return environment


def _environment(published: Published, t: Language) -> Environment:
    environment = _templates()
    environment.globals.update(
        t=t,
        organisation=published.plan.organisation,
        as_of=t.instant(published.as_of) or t("never"),
        menu=[
            (OVERVIEW, "nav.overview"),
            (ACTIVITIES, "nav.activities"),
            (SOURCES, "nav.sources"),
            (HISTORY, "nav.history"),
        ],
    )
    return environment


def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["drawn"] = Markup  # the charts, which escape what they show
    environment.globals["picture_file"] = picture_file
    environment.globals["chart_script"] = (script("charts.js"), hash_of(script("charts.js")))
    return environment
