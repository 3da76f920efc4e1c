"""Text from the data, made safe for messages: on one line, and without mark-up that a chat would follow."""

import re
import unicodedata

MENTION = re.compile(r"@(?=everyone|here|channel|all)", re.IGNORECASE)


def defuse_markup(text: str) -> str:
    """Text that mentions nobody and links nowhere in a chat.

    Slack takes <!channel> and <http://…|…> from plain text, Discord takes @everyone and [ ]( ).
    """
    return MENTION.sub("@\u200b", text).replace("<", "‹").replace(">", "›").replace("](", "] (")


def one_line(text: str, longest: int) -> str:
    """Text on one line, cut at ``longest`` characters.

    Control characters and marks that turn the direction of writing are left out.
    """
    line = on_one_line(text)
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def on_one_line(text: str) -> str:
    """The whole text on one line, without what ``one_line`` leaves out."""
    kept = "".join(
        " " if unicodedata.category(letter) in {"Cc", "Zl", "Zp"} else letter
        for letter in text
        if unicodedata.category(letter) not in {"Cf", "Cs"}
    )
    return " ".join(kept.split())
