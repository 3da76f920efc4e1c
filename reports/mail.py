"""The headers of a mail: that a program sent it, by which list, for which library, and in which thread it stands.

RFC 3834 (automatic messages), RFC 2919 (lists), RFC 5322, 3.6.4 (identification).
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apprise.plugins.email.base import NotifyEmail

PROGRAM = "KM Indicators"
_LOCAL_PART = re.compile(r"[^a-z0-9.\-]+")
_MOST_PARENTS = 20


@dataclass(frozen=True, slots=True)
class MailThread:
    """Where a mail stands. ``message_id``: its own id; ``parents``: those of the first mails on the same facts.

    Both without the domain, which is that of the sender. They follow from the facts, so a mail that is sent a second
    time has the same id, and mail programs show it once.
    """

    message_id: str
    parents: tuple[str, ...] = ()


def set_headers(channel: "NotifyEmail", sender: str, thread: MailThread | None) -> None:
    """Name the sender and add the headers, where the address of the channel does not set them itself."""
    name, address = channel.from_addr
    if sender and name in {None, False, "", channel.app_id}:
        channel.from_addr = [sender, address]
    domain = _domain(channel)
    headers = {
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "List-Id": f"{PROGRAM} <km-indicators.{domain}>",
    }
    parents = [] if thread is None else [full_id(parent, domain) for parent in thread.parents[:_MOST_PARENTS]]
    if parents:
        headers |= {"In-Reply-To": parents[0], "References": " ".join(parents)}
    channel.headers = {**headers, **channel.headers}


def full_id(local_part: str, domain: str) -> str:
    return f"<{_LOCAL_PART.sub('-', local_part.lower())}@{domain}>"


@contextmanager
def own_parts(channel: "NotifyEmail", thread: MailThread | None, text: str) -> Iterator[None]:
    """While a mail is sent, give it the id of ``thread``, ``text`` as its plain text, and its pictures in their places.

    apprise 1.13 adds a random id and makes the plain text from the HTML; this may go when it takes both from us.
    """
    from apprise.plugins.email import base

    names, channel.inline = vars(base), True
    original = {name: names[name] for name in ("make_msgid", "convert_between")}
    names["convert_between"] = lambda *_, **__: text
    if thread is not None:
        message_id = full_id(thread.message_id, _domain(channel))
        names["make_msgid"] = lambda *_, **__: message_id
    try:
        yield
    finally:
        names.update(original)


def _domain(channel: "NotifyEmail") -> str:
    return str(channel.from_addr[1]).rpartition("@")[2].lower()
