"""The digest: everything that one person is told after one run, as one message in plain text and in HTML."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from reports.delivery import Post
from transforms.alerts.notices import PROBLEM, RECOVERED, REMINDER

SECTIONS = {PROBLEM: "New", REMINDER: "Still so", RECOVERED: "Over"}
SUMMARY = {PROBLEM: "new", REMINDER: "still so", RECOVERED: "over"}
SHOWN = 40
"""Facts a section shows; the rest is counted."""
CALL = re.compile(r"@(?=everyone|here|channel|all)", re.IGNORECASE)
LONGEST_NAME, LONGEST_TEXT, LONGEST_TITLE = 200, 1500, 150
ENDED = "It is told once, when something begins, and when it is over."
CLOSING = f"{ENDED} To be told no more of one: kmi alerts --acknowledge ID --by NAME."


@dataclass(frozen=True, slots=True)
class Item:
    """One fact as it is told: its title, what is known of it by name, and the address of its page, where there is one."""

    told_as: str
    title: str
    lines: tuple[tuple[str, str], ...]
    link: str = ""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes, and where the report page lies, where the plan says so."""

    organisation: str
    page: str | None


def digest(items: Sequence[Item], head: Letterhead) -> Post:
    """All items, new ones first. What comes from the data is text: no line break, mark-up or direction of writing of its own."""
    told = [told_as for told_as in SECTIONS if any(item.told_as == told_as for item in items)]
    counts = {told_as: sum(item.told_as == told_as for item in items) for told_as in told}
    summary = ", ".join(f"{counts[told_as]} {SUMMARY[told_as]}" for told_as in told)
    organisation = plain(head.organisation, LONGEST_NAME)
    first = plain(items[0].title, LONGEST_TITLE) if len(items) == 1 else summary
    title = tame(f"{plain(head.organisation, 60)}: {'still: ' if len(items) == 1 and told == [REMINDER] else ''}{first}")
    given: dict[str, object] = {
        "title": title,
        "organisation": organisation,
        "summary": summary,
        "sections": [_section(told_as, [item for item in items if item.told_as == told_as]) for told_as in told],
        "page": head.page,
        "closing": ENDED if told == [RECOVERED] else CLOSING,
    }
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=select_autoescape(), undefined=StrictUndefined)
    return Post(title, _text(given), environment.get_template("notice.html").render(given))


def _section(told_as: str, items: Sequence[Item]) -> dict[str, object]:
    shown = [
        {"title": plain(item.title, LONGEST_NAME), "lines": [(name, plain(text, LONGEST_TEXT)) for name, text in item.lines if text], "link": item.link}
        for item in items[:SHOWN]
    ]
    return {"name": SECTIONS[told_as], "items": shown, "more": max(len(items) - SHOWN, 0)}


def _text(given: Mapping[str, object]) -> str:
    lines = [tame(f"{given['organisation']}: {given['summary']}")]
    for section in given["sections"]:  # type: ignore[attr-defined]
        lines += ["", section["name"].upper()]
        for item in section["items"]:
            lines += ["", tame(item["title"]), *(f"  {name}: {tame(text)}" for name, text in item["lines"])]
            lines += [f"  Page: {item['link']}"] if item["link"] else []
        if section["more"]:
            lines += ["", f"And {section['more']} more: see kmi alerts."]
    page = [str(given["page"]), ""] if given["page"] else []
    return "\n".join([*lines, "", *page, str(given["closing"]), ""])


def tame(text: str) -> str:
    """Text that calls nobody and links nowhere in a chat: Slack takes <!channel> and <http://…|…> from plain text, Discord @everyone and [ ]( )."""
    return CALL.sub("@\u200b", text).replace("<", "‹").replace(">", "›").replace("](", "] (")


def plain(text: str, longest: int) -> str:
    """One line without control characters and without marks that turn the direction of writing, cut at ``longest`` characters."""
    kept = "".join(" " if unicodedata.category(letter) in {"Cc", "Zl", "Zp"} else letter for letter in text if unicodedata.category(letter) not in {"Cf", "Cs"})
    line = " ".join(kept.split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"
