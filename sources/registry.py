"""The source class of each ``type`` in the plan. A module is imported only when a plan uses it."""

from difflib import get_close_matches
from importlib import import_module

from sources.contract import Source
from warehouse.errors import ConfigError

SOURCES: dict[str, str] = {
    "access_log": "sources.access_log.source:AccessLog",
    "bluesky": "sources.bluesky.source:Bluesky",
    "facebook_page": "sources.facebook_page.source:FacebookPage",
    "feed": "sources.feed:Feed",
    "footfall": "sources.footfall.source:Footfall",
    "ga4": "sources.ga4.source:Ga4",
    "google_sheets": "sources.google_sheets:GoogleSheets",
    "instagram": "sources.instagram.source:Instagram",
    "mastodon": "sources.mastodon.source:Mastodon",
    "matomo": "sources.matomo.source:Matomo",
    "measures": "sources.measures.source:Measures",
    "oai_pmh": "sources.oai_pmh.source:OaiPmh",
    "plausible": "sources.plausible.source:Plausible",
    "publications": "sources.publications.source:Publications",
    "rest": "sources.rest.source:Rest",
    "social_export": "sources.social_export.source:SocialExport",
    "sushi": "sources.sushi.source:Sushi",
    "trafsys": "sources.trafsys:Trafsys",
    "vea": "sources.vea:Vea",
    "umami": "sources.umami.source:Umami",
    "wordpress": "sources.wordpress:WordPress",
    "youtube": "sources.youtube.source:YouTube",
}


FILE_KINDS = {"excel", "csv", "xlsx", "xls", "ods", "tsv", "file", "spreadsheet", "table", "sheet"}
"""Words for a file, of which the type says what is in it."""


def source_class(name: str) -> type[Source]:
    """The class behind ``type: name``. Raises ``ConfigError`` with the nearest known type."""
    if name not in SOURCES:
        near = get_close_matches(name, SOURCES, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"known types: {', '.join(SOURCES)}"
        if name.lower() in FILE_KINDS:
            hint = (
                "write footfall for people at the doors, publications for a list of items, measures for other figures"
            )
        raise ConfigError(f"there is no source type '{name}'", do=hint)
    module, attribute = SOURCES[name].split(":")
    cls: type[Source] = getattr(import_module(module), attribute)
    return cls
