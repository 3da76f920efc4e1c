"""The digest: everything that one person is told after one run, as one message in plain text and in HTML."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from reports.delivery import Message
from transforms.alerts.notices import PROBLEM, RECOVERED, REMINDER

SECTIONS = {PROBLEM: "New", REMINDER: "Still so", RECOVERED: "Over"}
SUMMARY = {PROBLEM: "new", REMINDER: "still so", RECOVERED: "over"}
SHOWN = 40
"""Facts a section shows; the rest is counted."""
MENTION = re.compile(r"@(?=everyone|here|channel|all)", re.IGNORECASE)
ID = "ID"
LONGEST_NAME, LONGEST_TEXT, LONGEST_TITLE = 200, 1500, 150
HOW_TO_ACKNOWLEDGE = "To be told no more of one: kmi alerts --acknowledge ID --by NAME."


@dataclass(frozen=True, slots=True)
class DigestItem:
    """One fact as it is told: its title, what is known of it by name, and the address of its page, where there is one.

    shared: how its title ends where facts that say the same may be told together."""

    told_as: str
    title: str
    lines: tuple[tuple[str, str], ...]
    link: str = ""
    shared: str = ""

    @property
    def signature(self) -> tuple[object, ...]:
        """What two facts have in common that are told together."""
        return (
            self.told_as,
            self.shared or self.title,
            self.link,
            *(line for line in self.lines if not self.shared or line[0] != ID),
        )


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes, where the report page lies, where the plan says so, and after how many periods it is told again."""

    organisation: str
    page: str | None
    repeat: int | None = None


def digest(items: Sequence[DigestItem], head: Letterhead) -> Message:
    """All items, new ones first, in each section in the order given: the first one is the subject.

    What comes from the data is text: no line break, mark-up or direction of writing of its own."""
    told = [told_as for told_as in SECTIONS if any(item.told_as == told_as for item in items)]
    counts = {told_as: sum(item.told_as == told_as for item in items) for told_as in told}
    summary = ", ".join(f"{counts[told_as]} {SUMMARY[told_as]}" for told_as in told)
    organisation = one_line(head.organisation, LONGEST_NAME)
    gravest = next(item for item in items if item.told_as == told[0])
    more = f", and {len(items) - 1} more" if len(items) > 1 else ""
    title = defuse_markup(
        f"{one_line(head.organisation, 60)}: {'still: ' if told[0] == REMINDER else ''}{one_line(gravest.title, LONGEST_TITLE)}{more}"
    )
    given: dict[str, object] = {
        "title": title,
        "organisation": organisation,
        "summary": summary,
        "sections": [_section(told_as, [item for item in items if item.told_as == told_as]) for told_as in told],
        "page": head.page,
        "closing": _closing(head.repeat) if told == [RECOVERED] else f"{_closing(head.repeat)} {HOW_TO_ACKNOWLEDGE}",
    }
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=select_autoescape(), undefined=StrictUndefined
    )
    return Message(title, _text(given), environment.get_template("notice.html").render(given))


def _closing(repeat: int | None) -> str:
    """When someone hears of a fact, by the plan's ``repeat``."""
    if repeat is None:
        return "It is told when something begins, and when it is over."
    after = (
        "when the next complete period"
        if repeat == 0
        else f"when more than {repeat} complete period{'s' if repeat > 1 else ''}"
    )
    ended = "has" if repeat <= 1 else "have"
    return f"It is told when something begins, again {after} {ended} passed and it still stands, and when it is over."


def _section(told_as: str, items: Sequence[DigestItem]) -> dict[str, object]:
    together: dict[tuple[object, ...], list[DigestItem]] = {}
    for item in items[:SHOWN]:
        together.setdefault(item.signature, []).append(item)
    return {
        "name": SECTIONS[told_as],
        "items": [_block(alike) for alike in together.values()],
        "more": max(len(items) - SHOWN, 0),
    }


def _block(alike: Sequence[DigestItem]) -> dict[str, object]:
    """One block for facts that say the same, with the names and the ids of all."""
    first = alike[0]
    title = first.title
    if len(alike) > 1 and first.shared:
        title = f"{', '.join(item.title.removesuffix(first.shared) for item in alike)}{first.shared}"
    lines = [
        (name, ", ".join(dict(item.lines)[ID] for item in alike) if name == ID else text)
        for name, text in first.lines
        if text
    ]
    return {
        "title": one_line(title, LONGEST_TEXT if len(alike) > 1 else LONGEST_NAME),
        "lines": [(n, one_line(t, LONGEST_TEXT)) for n, t in lines],
        "link": first.link,
    }


def _text(given: Mapping[str, object]) -> str:
    lines = [defuse_markup(f"{given['organisation']}: {given['summary']}")]
    for section in given["sections"]:  # type: ignore[attr-defined]
        lines += ["", section["name"].upper()]
        for item in section["items"]:
            lines += [
                "",
                defuse_markup(item["title"]),
                *(f"  {name}: {defuse_markup(text)}" for name, text in item["lines"]),
            ]
            lines += [f"  Page: {item['link']}"] if item["link"] else []
        if section["more"]:
            lines += ["", f"And {section['more']} more: see kmi alerts."]
    page = [str(given["page"]), ""] if given["page"] else []
    return "\n".join([*lines, "", *page, str(given["closing"]), ""])


def defuse_markup(text: str) -> str:
    """Text that calls nobody and links nowhere in a chat: Slack takes <!channel> and <http://…|…> from plain text, Discord @everyone and [ ]( )."""
    return MENTION.sub("@\u200b", text).replace("<", "‹").replace(">", "›").replace("](", "] (")


def one_line(text: str, longest: int) -> str:
    """One line without control characters and without marks that turn the direction of writing, cut at ``longest`` characters."""
    kept = "".join(
        " " if unicodedata.category(letter) in {"Cc", "Zl", "Zp"} else letter
        for letter in text
        if unicodedata.category(letter) not in {"Cf", "Cs"}
    )
    line = " ".join(kept.split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"
