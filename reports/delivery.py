"""A message on its way: through apprise, tried a few times, without a word of the address in any log."""

import logging
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apprise import NotifyBase

ADDRESS_LOGGERS = ("apprise", "urllib3.connectionpool", "urllib3.util.retry", "requests_oauthlib", "slixmpp", "paho")
"""Loggers that write addresses, with the keys in them."""

STATUS = re.compile(r"error\s*[=:]\s*(\d{3})\b")
FAILURE_PREFIX = "Socket Exception"
"""How apprise begins the record, at the level of debugging, of what stopped a message."""
FAILURE_REASONS = (
    (re.compile(r"\b53[045]\b|authenticat", re.IGNORECASE), "it did not accept the login"),
    (
        re.compile(r"NameResolution|getaddrinfo|not known|name resolution|No address associated", re.IGNORECASE),
        "its host is not known",
    ),
    (re.compile(r"certificate|CERTIFICATE"), "its certificate is not accepted"),
    (re.compile(r"refused", re.IGNORECASE), "it refused the connection"),
    (re.compile(r"timed out|timeout", re.IGNORECASE), "it did not answer in time"),
)
"""What of an exception may be said: words of ours, since its own may hold the address."""
TRIES, FIRST_WAIT_S = 3, 2.0


@dataclass(frozen=True, slots=True)
class Message:
    """A message, in plain text and in HTML."""

    title: str
    text: str
    html: str


@dataclass
class _Quiet(logging.Filter):
    """Lets no record through, and keeps what may be said of it: whether a server answered, and with which status."""

    statuses: list[str] = field(default_factory=list)
    unreachable: bool = False
    met: str = ""

    def __hash__(self) -> int:
        return id(self)

    def filter(self, record: logging.LogRecord) -> bool:
        words = record.getMessage()
        if words.startswith(FAILURE_PREFIX):
            self.met = next((reason for sign, reason in FAILURE_REASONS if sign.search(words)), "")
        elif record.levelno > logging.DEBUG:
            self.statuses += STATUS.findall(words)
            self.unreachable |= "onnection error" in words
        return False

    def why(self) -> str:
        if self.statuses:
            return f"it answered {self.statuses[-1]}"
        return (self.met or "it cannot be reached") if self.unreachable else "it did not take the message"


def deliver(address: str, post: Message, wait: Callable[[float], None]) -> str:
    """Send ``post`` to an address as apprise writes them; why it failed, or nothing. ``wait`` is given seconds between tries.

    What the address names more than once is tried only where it failed. The reason holds no part of the address.
    """
    with _quiet() as heard:
        channels = _channels(address)
        if not channels:
            return "this is no address that apprise knows"
        left = channels
        for attempt in range(TRIES):
            if attempt:
                wait(FIRST_WAIT_S * 2 ** (attempt - 1))
            left = [channel for channel in left if not _sent(channel, post)]
            if not left:
                return ""
        return f"{heard.why()}, tried {TRIES} times"


def _channels(address: str) -> "list[NotifyBase]":
    """What an address names; nothing where a part of it cannot be read."""
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # apprise 1.13 imports imghdr; goes with the apprise that does not
        from apprise import Apprise, AppriseAsset

        asset = AppriseAsset(
            app_id="KM Indicators",
            app_desc="KM Indicators",
            app_url="",
            image_url_mask="",
            image_url_logo="",
            async_mode=False,
            interpret_emojis=False,
            interpret_escapes=False,
        )
        found = Apprise(asset=asset)
        return list(found) if found.add(address) else []


def _sent(channel: "NotifyBase", post: Message) -> bool:
    """Each channel gets the form that it shows: HTML where it can, else plain text."""
    from apprise import Apprise, NotifyFormat, NotifyType

    one = Apprise(asset=channel.asset)
    one.add(channel)
    body, form = (
        (post.html, NotifyFormat.HTML) if channel.notify_format == NotifyFormat.HTML else (post.text, NotifyFormat.TEXT)
    )
    return bool(one.notify(body=body, title=post.title, notify_type=NotifyType.INFO, body_format=form))


@contextmanager
def _quiet() -> Iterator[_Quiet]:
    heard = _Quiet()
    loggers = [logging.getLogger(name) for name in ADDRESS_LOGGERS]
    level = loggers[0].level
    for logger in loggers:
        logger.addFilter(heard)
    loggers[0].setLevel(logging.DEBUG)  # apprise says only there what stopped a message; the filter lets none of it out
    try:
        yield heard
    finally:
        loggers[0].setLevel(level)
        for logger in loggers:
            logger.removeFilter(heard)
