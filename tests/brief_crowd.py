"""Briefs for tests: of the library of ``tests.brief_rows``, and of a crowd of indicators in every kind of trouble."""

from html.parser import HTMLParser
from typing import Any

from reports.brief.compose import Brief, compose
from reports.brief.inputs import load
from reports.brief.language import brief_language
from reports.brief.sheet import fit_sheet
from tests.brief_rows import AS_OF, effect, indicator, reader, source, verdict

HOSTILE = "<script>alert(1)</script>\u202e\u0000 \U0001f4da=cmd|'/c calc'!A0 \u05e9\u05dc\u05d5\u05dd \"'&"


def brief_of(organisation: str = "Hill Library", code: str = "en", **rows: Any) -> Brief:
    return fit_sheet(compose(load(organisation, reader(**rows), None, brief_language(code))))


def crowd(count: int, text: str) -> dict[str, Any]:
    """``count`` indicators, each with every kind of trouble, and ``text`` wherever people write."""
    names = [f"indicator_{n}" for n in range(count)]
    sources = [source(f"{text[:30]}{n}", fresh=False, refused=2, missing=["2026-01-01"] * 9) for n in range(count)]
    states = [
        {"verdict": ("behind", "not_assessable", "achieved")[n % 3], "alert": "firing", "grade": "estimate_no_error"}
        for n in range(count)
    ]
    return {
        "verdicts": [
            verdict(name, reason=text, outlook=text, probability=0.01, **state)
            for name, state in zip(names, states, strict=True)
        ],
        "indicators": [
            indicator(name, title=text, unit=text, sources=[row["source"] for row in sources]) for name in names
        ],
        "sources": sources,
        "activities": [
            {"activity_id": text, "date": AS_OF.date(), "title": text, "channel": text, "indicators": names}
        ],
        "effects": [
            effect(name, activity_id=text, verdict="cannot_tell" if n else "associated_rise", sentence=text)
            for n, name in enumerate(names)
        ],
        "indicator_breaks": [
            {"indicator_id": name, "day": AS_OF.date(), "reason": text, "origin": "declared", "spliced": False}
            for name in names
        ],
    }


class Tags(HTMLParser):
    """Every tag with its attributes, and the text between."""

    def __init__(self, written: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(written)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += f"{data} "
