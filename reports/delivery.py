"""Send a message through apprise, with a few tries and without any part of the address in a log."""

import logging
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reports.mail import PROGRAM, MailThread, own_parts, set_headers

if TYPE_CHECKING:
    from apprise import NotifyBase

ADDRESS_LOGGERS = ("apprise", "urllib3.connectionpool", "urllib3.util.retry", "requests_oauthlib", "slixmpp", "paho")
"""Loggers that write addresses, with the keys in them."""

STATUS = re.compile(r"error\s*[=:]\s*(\d{3})\b")
FAILURE_PREFIX = "Socket Exception"
"""How apprise begins its debug record of what stopped a message."""
FAILURE_REASONS = (
    (re.compile(r"\b53[045]\b|authenticat", re.IGNORECASE), "it did not accept the login"),
    (
        re.compile(r"NameResolution|getaddrinfo|not known|name resolution|No address associated", re.IGNORECASE),
        "its host is not known",
    ),
    (re.compile(r"certificate|CERTIFICATE"), "its certificate is not accepted"),
    (re.compile(r"refused", re.IGNORECASE), "it refused the connection"),
    (re.compile(r"timed out|timeout", re.IGNORECASE), "it did not respond in time"),
)
"""Our words for an exception, since its own text may hold the address."""
TRIES, FIRST_WAIT_S = 3, 2.0


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG that the HTML of a mail shows as ``cid:name``."""

    name: str
    png: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """A message in plain text, and in HTML for mails.

    For mails: the name of the sender, the thread and the pictures. For JSON webhooks: the facts with typed fields.
    """

    title: str
    text: str
    html: str
    sender: str = ""
    thread: MailThread | None = None
    facts: tuple[Mapping[str, object], ...] = ()
    pictures: tuple[Picture, ...] = ()

    def redacted(self, redact: Callable[[str], str]) -> "Message":
        facts = tuple(
            {name: redact(value) if isinstance(value, str) else value for name, value in fact.items()}
            for fact in self.facts
        )
        return replace(self, title=redact(self.title), text=redact(self.text), html=redact(self.html), facts=facts)


@dataclass
class _LogFilter(logging.Filter):
    """Lets no record through; remembers whether a server responded, with which status, and what stopped the message."""

    statuses: list[str] = field(default_factory=list)
    unreachable: bool = False
    failure: str = ""

    def __hash__(self) -> int:
        return id(self)

    def filter(self, record: logging.LogRecord) -> bool:
        words = record.getMessage()
        if words.startswith(FAILURE_PREFIX):
            self.failure = next((reason for sign, reason in FAILURE_REASONS if sign.search(words)), "")
        elif record.levelno > logging.DEBUG:
            self.statuses += STATUS.findall(words)
            self.unreachable |= "onnection error" in words
        return False

    def reason(self) -> str:
        if self.statuses:
            return f"it answered {self.statuses[-1]}"
        return (self.failure or "it cannot be reached") if self.unreachable else "it did not take the message"


def deliver(address: str, message: Message, wait: Callable[[float], None]) -> str:
    """Send ``message`` to an address in apprise's notation; why it failed, or an empty text.

    Of several channels in the address only those that failed are tried again. ``wait`` gets the seconds between tries.
    The reason holds no part of the address.
    """
    with _quiet() as log_filter:
        channels = _channels(address)
        if not channels:
            return "this is not an address that apprise knows"
        left = channels
        for attempt in range(TRIES):
            if attempt:
                wait(FIRST_WAIT_S * 2 ** (attempt - 1))
            left = [channel for channel in left if not _sent(channel, message)]
            if not left:
                return ""
        return f"{log_filter.reason()}, tried {TRIES} times"


def _channels(address: str) -> "list[NotifyBase]":
    """The channels in an address; none where a part of it cannot be read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # apprise 1.13 imports imghdr; may go when it does not
        from apprise import Apprise, AppriseAsset

        asset = AppriseAsset(
            app_id=PROGRAM,
            app_desc=PROGRAM,
            app_url="",
            image_url_mask="",
            image_url_logo="",
            async_mode=False,
            interpret_emojis=False,
            interpret_escapes=False,
        )
        found = Apprise(asset=asset)
        return list(found) if found.add(address) else []


def _sent(channel: "NotifyBase", message: Message) -> bool:
    """Send one channel the form that it shows: a mail has HTML beside the text, every other channel the text alone."""
    from apprise.plugins.custom_json import NotifyJSON
    from apprise.plugins.email.base import NotifyEmail

    if isinstance(channel, NotifyJSON) and message.facts:
        channel.payload_extras = {**channel.payload_extras, "facts": list(message.facts)}
    if isinstance(channel, NotifyEmail):
        set_headers(channel, message.sender, message.thread)
        with own_parts(channel, message.thread, message.text):
            return _notified(channel, message, is_mail=True)
    return _notified(channel, message, is_mail=False)


def _notified(channel: "NotifyBase", message: Message, *, is_mail: bool) -> bool:
    from apprise import Apprise, AppriseAttachment, NotifyFormat, NotifyType
    from apprise.attachment.memory import AttachMemory

    one = Apprise(asset=channel.asset)
    one.add(channel)
    if not is_mail or channel.notify_format != NotifyFormat.HTML:
        text = NotifyFormat.TEXT
        return bool(one.notify(message.text, title=message.title, notify_type=NotifyType.INFO, body_format=text))
    attached = AppriseAttachment()
    for picture in message.pictures:
        attached.add(AttachMemory(content=picture.png, name=picture.name, mimetype="image/png"))  # type: ignore[no-untyped-call]
    kind, form = NotifyType.INFO, NotifyFormat.HTML
    attach = attached if message.pictures else None
    return bool(one.notify(message.html, title=message.title, notify_type=kind, body_format=form, attach=attach))


@contextmanager
def _quiet() -> Iterator[_LogFilter]:
    """Keep the addresses out of all logs while a message is sent."""
    log_filter = _LogFilter()
    loggers = [logging.getLogger(name) for name in ADDRESS_LOGGERS]
    level = loggers[0].level
    for logger in loggers:
        logger.addFilter(log_filter)
    loggers[0].setLevel(logging.DEBUG)  # only there apprise says what stopped a message
    try:
        yield log_filter
    finally:
        loggers[0].setLevel(level)
        for logger in loggers:
            logger.removeFilter(log_filter)
