"""The language of the brief: the texts of the pages and of the sentences, and those of the brief."""

from dataclasses import replace
from functools import cache

from ruamel.yaml import YAML

from reports.language import CATALOGUES, Language
from reports.languages import language

TAGS = {"en": "en-GB", "de": "de-DE", "fr": "fr-FR"}
"""The languages of the brief as files name them."""


@cache
def brief_language(code: str = "en") -> Language:
    """The language ``code``, one of ``reports.words.LANGUAGES``, with the texts of the brief."""
    shared = language(code)
    own = YAML(typ="safe").load((CATALOGUES / "brief" / f"{code}.yaml").read_text(encoding="utf-8"))
    return replace(shared, texts={**shared.texts, **own})


def one_or_more(t: Language, key: str, count: int, **values: object) -> str:
    """The text ``key.one`` for a single thing, else ``key.more`` with its ``count``."""
    if count == 1:
        return t(f"{key}.one", **values)
    return t(f"{key}.more", count=t.whole(count), **values)


def joined(t: Language, names: list[str]) -> str:
    """``A``, ``A and B``, ``A, B and C``"""
    if len(names) < 2:
        return "".join(names)
    return t("brief.and", first=", ".join(names[:-1]), last=names[-1])
