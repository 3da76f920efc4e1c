"""The digest: all notices to one person after one run, as one message in plain text and in HTML."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from reports.delivery import Message, Picture
from reports.language import Language, english
from reports.mail import PROGRAM
from reports.mail_chart import MailChart, draw_png
from reports.note_lines import NoteLine
from reports.plain_text import defuse_markup, one_line
from transforms.alerts.notices import PROBLEM, RECOVERED, REMINDER

BETTER = "better"
"""The section of verdicts that are better than before."""
NOTICES = (PROBLEM, REMINDER, BETTER, RECOVERED)
CHANGED, SHORT, MET, DUE, TROUBLE = WEEKLY = ("changed", "short", "met", "due", "trouble")
"""The sections of the weekly message."""
SHOWN = 40
"""Notices that a section shows; the rest is counted."""
CHARTS = 12
"""Pictures in one mail; later entries have their line of blocks alone."""
LONGEST_NAME, LONGEST_TEXT, LONGEST_SUBJECT = 200, 1500, 62
"""Characters of a name, of a text, and of a subject before the number of further entries: a phone shows about 70."""
COLUMNS = 72


@dataclass(frozen=True, slots=True)
class DigestItem:
    """One entry: its section, its title, named lines of text, and the address of its page, if any.

    ``shared``: the end of the title that notices with the same lines have in common, so that they are shown together.
    ``subject``: the title with its figure, for the subject. ``next_step``: a whole sentence.
    """

    section: str
    title: str
    lines: tuple[tuple[str, str], ...] = ()
    link: str = ""
    shared: str = ""
    subject: str = ""
    verdict: str = ""
    verdict_label: str = ""
    figure: str = ""
    reason: str = ""
    chart: MailChart | None = None
    note: NoteLine | None = None
    next_step: str = ""
    notice_id: str = ""

    @property
    def signature(self) -> tuple[object, ...]:
        """Equal for notices that are shown together."""
        own = "" if self.shared else self.notice_id
        return (self.section, self.shared or self.title, self.link, self.reason, own, *self.lines)


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The sender, the address of the report in the plan, and the periods after which a notice is repeated.

    ``subject``, ``heading``: those of a weekly message; by default they follow from the entries.
    """

    organisation: str
    page: str | None
    repeat: int | None = None
    t: Language = field(default_factory=english)
    subject: str = ""
    heading: str = ""


@dataclass(frozen=True, slots=True)
class _Block:
    """An entry as it is shown; ``picture``: the name of its chart in the mail, empty without one."""

    item: DigestItem
    picture: str


@dataclass(frozen=True, slots=True)
class _Section:
    title: str
    blocks: Sequence[_Block]
    more: int


@dataclass(frozen=True, slots=True)
class _Content:
    t: Language
    title: str
    organisation: str
    heading: str
    sections: Sequence[_Section]
    page: str | None
    closing: Sequence[str]


def digest(items: Sequence[DigestItem], head: Letterhead) -> Message:
    """All items by section; within a section in the order of ``items``. The first item is the subject.

    Text from the data brings no line break, mark-up or direction of writing of its own.
    """
    t = head.t
    by_section = {name: [item for item in items if item.section == name] for name in (*NOTICES, *WEEKLY)}
    filled = {name: some for name, some in by_section.items() if some}
    sections, pictures = _sections(filled, t)
    notices = {name: some for name, some in filled.items() if name in NOTICES}
    summary = ", ".join(t(f"count.{name}", count=t.whole(len(some))) for name, some in notices.items())
    title = defuse_markup(one_line(head.subject, 2 * LONGEST_SUBJECT) or _subject(filled, t))
    content = _Content(
        t,
        title,
        one_line(head.organisation, LONGEST_NAME),
        one_line(head.heading or summary, LONGEST_NAME),
        sections,
        head.page,
        _closing(head, {*notices}),
    )
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("notice.html").render(content=content, t=t)
    sender = f"{one_line(head.organisation, 60)} ({PROGRAM})"
    return Message(title, "\n".join(_text(content)), page, sender=sender, pictures=tuple(pictures))


def _subject(filled: dict[str, list[DigestItem]], t: Language) -> str:
    """The first entry, and how many there are besides."""
    leading, (first, *_) = next(iter(filled.items()))
    still = t("subject.still", subject=first.title) if leading == REMINDER else first.title
    more = sum(map(len, filled.values())) - 1
    return f"{one_line(first.subject or still, 2 * LONGEST_SUBJECT)}{f' (+{more})' if more else ''}"


def _closing(head: Letterhead, notices: set[str]) -> list[str]:
    """When a message is sent, by the plan's ``repeat``, and how notices are acknowledged."""
    t, repeat = head.t, head.repeat
    if not notices:
        return []
    named = {None: "closing.once", 0: "closing.each", 1: "closing.one"}
    key = named.get(repeat, "closing.many")
    sent = t(key, count=repeat) if key == "closing.many" else t(key)
    return [sent] if notices == {RECOVERED} else [sent, t("closing.acknowledge")]


def _sections(filled: dict[str, list[DigestItem]], t: Language) -> tuple[list[_Section], list[Picture]]:
    """The sections as they are shown, and the pictures of the first entries."""
    sections, pictures = [], list[Picture]()
    for name, items in filled.items():
        blocks = []
        for item in _merged(items[:SHOWN]):
            picture = ""
            if item.chart is not None and len(pictures) < CHARTS:
                picture = f"chart-{len(pictures) + 1}.png"
                pictures.append(Picture(picture, draw_png(item.chart)))
            blocks.append(_Block(item, picture))
        sections.append(_Section(t(f"section.{name}"), blocks, max(len(items) - SHOWN, 0)))
    return sections, pictures


def _merged(items: Sequence[DigestItem]) -> list[DigestItem]:
    """One entry for notices with the same signature, with the titles and the ids of all; each text on one line."""
    together: dict[tuple[object, ...], list[DigestItem]] = {}
    for item in items:
        together.setdefault(item.signature, []).append(item)
    return [_clean(alike) for alike in together.values()]


def _clean(alike: Sequence[DigestItem]) -> DigestItem:
    first = alike[0]
    title = first.title
    if len(alike) > 1 and first.shared:
        title = f"{', '.join(item.title.removesuffix(first.shared) for item in alike)}{first.shared}"
    return replace(
        first,
        title=one_line(title, LONGEST_TEXT if len(alike) > 1 else LONGEST_NAME),
        lines=tuple((name, one_line(text, LONGEST_TEXT)) for name, text in first.lines if text),
        figure=one_line(first.figure, LONGEST_TEXT),
        reason=one_line(first.reason, LONGEST_TEXT),
        next_step=one_line(first.next_step, LONGEST_TEXT),
        notice_id=", ".join(item.notice_id for item in alike if item.notice_id),
    )


def _text(content: _Content) -> Iterator[str]:
    """The message in lines of at most ``COLUMNS`` characters; an address is never broken."""
    heading = f"{content.organisation}: {content.heading}"
    yield from _wrapped(heading, "")
    yield "=" * min(len(heading), COLUMNS)
    for section in content.sections:
        yield from ("", section.title.upper())
        for block in section.blocks:
            yield ""
            yield from _entry(block.item, content.t)
        if section.more:
            yield from ("", content.t("entry.omitted", count=content.t.whole(section.more)))
    yield ""
    if content.page:
        yield from (content.page, "")
    for sentence in content.closing:
        yield from _wrapped(sentence, "")


def _entry(item: DigestItem, t: Language) -> Iterator[str]:
    yield from _wrapped(item.title, "", "  ")
    yield from (line for text in (item.figure, item.reason) if text for line in _wrapped(text, "  "))
    if item.chart is not None:
        yield f"  {item.chart.blocks}"
    for name, text in item.lines:
        yield from _wrapped(f"{name}{t('colon')} {text}", "  ", "    ")
    if item.note is not None:
        yield from _wrapped(f"{item.note.heading}{t('colon')} {item.note.note}", "  ", "    ")
    yield from _wrapped(item.next_step, "  ", "    ")
    if item.link:
        yield f"  {item.link}"
    if item.notice_id:
        yield f"  {t('line.id')}{t('colon')} {item.notice_id}"


def _wrapped(text: str, first: str, further: str | None = None) -> list[str]:
    hanging = first if further is None else further
    return textwrap.wrap(
        defuse_markup(text),
        COLUMNS,
        initial_indent=first,
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
