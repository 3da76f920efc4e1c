"""The digest: all notices to one person after one run, as one message in plain text and in HTML."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from reports.delivery import Message
from reports.mail import PROGRAM
from reports.plain_text import defuse_markup, one_line
from transforms.alerts.notices import PROBLEM, RECOVERED, REMINDER

BETTER = "better"
"""The section of verdicts that are better than before."""
SECTIONS = {PROBLEM: "New", REMINDER: "Ongoing", BETTER: "Better", RECOVERED: "Over"}
SUMMARY = {PROBLEM: "new", REMINDER: "ongoing", BETTER: "better", RECOVERED: "over"}
SHOWN = 40
"""Notices that a section shows; the rest is counted."""
ID = "ID"
LONGEST_NAME, LONGEST_TEXT, LONGEST_TITLE = 200, 1500, 150
HOW_TO_ACKNOWLEDGE = "To stop messages about one of these: kmi alerts --acknowledge ID --by NAME."


@dataclass(frozen=True, slots=True)
class DigestItem:
    """One notice: its section, its title, named lines of text, and the address of its page, if any.

    ``shared``: the end of the title that notices with the same lines have in common, so that they are shown together.
    """

    section: str
    title: str
    lines: tuple[tuple[str, str], ...]
    link: str = ""
    shared: str = ""

    @property
    def signature(self) -> tuple[object, ...]:
        """Equal for notices that are shown together."""
        lines = (line for line in self.lines if not self.shared or line[0] != ID)
        return (self.section, self.shared or self.title, self.link, *lines)


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The sender, the address of the report in the plan, and the periods after which a notice is repeated."""

    organisation: str
    page: str | None
    repeat: int | None = None


@dataclass(frozen=True, slots=True)
class _Block:
    title: str
    lines: Sequence[tuple[str, str]]
    link: str


@dataclass(frozen=True, slots=True)
class _Section:
    name: str
    blocks: Sequence[_Block]
    more: int


@dataclass(frozen=True, slots=True)
class _Content:
    title: str
    heading: str
    sections: Sequence[_Section]
    page: str | None
    closing: str


def digest(items: Sequence[DigestItem], head: Letterhead) -> Message:
    """All items, new ones first; within a section in the order of ``items``. The first item is the subject.

    Text from the data brings no line break, mark-up or direction of writing of its own.
    """
    by_section = {name: [item for item in items if item.section == name] for name in SECTIONS}
    sections = {name: some for name, some in by_section.items() if some}
    summary = ", ".join(f"{len(some)} {SUMMARY[name]}" for name, some in sections.items())
    leading, (first, *_) = next(iter(sections.items()))
    more = f", and {len(items) - 1} more" if len(items) > 1 else ""
    still = "still: " if leading == REMINDER else ""
    subject = f"{one_line(head.organisation, 60)}: {still}{one_line(first.title, LONGEST_TITLE)}{more}"
    closing = _closing(head.repeat) if [*sections] == [RECOVERED] else f"{_closing(head.repeat)} {HOW_TO_ACKNOWLEDGE}"
    content = _Content(
        title=defuse_markup(subject),
        heading=f"{one_line(head.organisation, LONGEST_NAME)}: {summary}",
        sections=[_section(name, some) for name, some in sections.items()],
        page=head.page,
        closing=closing,
    )
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=select_autoescape(), undefined=StrictUndefined
    )
    page = environment.get_template("notice.html").render(content=content)
    return Message(content.title, _text(content), page, sender=f"{one_line(head.organisation, 60)} ({PROGRAM})")


def _closing(repeat: int | None) -> str:
    """When a message is sent, by the plan's ``repeat``."""
    if repeat is None:
        return "You get a message when something begins and when it is over."
    if repeat == 0:
        again = "with each further complete period while it lasts"
    else:
        again = f"when it lasts for more than {repeat} further complete period{'s' if repeat > 1 else ''}"
    return f"You get a message when something begins, again {again}, and when it is over."


def _section(name: str, items: Sequence[DigestItem]) -> _Section:
    together: dict[tuple[object, ...], list[DigestItem]] = {}
    for item in items[:SHOWN]:
        together.setdefault(item.signature, []).append(item)
    return _Section(SECTIONS[name], [_block(alike) for alike in together.values()], max(len(items) - SHOWN, 0))


def _block(alike: Sequence[DigestItem]) -> _Block:
    """One block for notices with the same signature, with the titles and the ids of all."""
    first = alike[0]
    title = first.title
    if len(alike) > 1 and first.shared:
        title = f"{', '.join(item.title.removesuffix(first.shared) for item in alike)}{first.shared}"
    lines = [
        (name, ", ".join(dict(item.lines)[ID] for item in alike) if name == ID else text)
        for name, text in first.lines
        if text
    ]
    return _Block(
        title=one_line(title, LONGEST_TEXT if len(alike) > 1 else LONGEST_NAME),
        lines=[(name, one_line(text, LONGEST_TEXT)) for name, text in lines],
        link=first.link,
    )


def _text(content: _Content) -> str:
    lines = [defuse_markup(content.heading)]
    for section in content.sections:
        lines += ["", section.name.upper()]
        for block in section.blocks:
            lines += ["", defuse_markup(block.title)]
            lines += [f"  {name}: {defuse_markup(text)}" for name, text in block.lines]
            lines += [f"  Page: {block.link}"] if block.link else []
        if section.more:
            lines += ["", f"And {section.more} more: see kmi alerts."]
    page = [content.page, ""] if content.page else []
    return "\n".join([*lines, "", *page, content.closing, ""])
