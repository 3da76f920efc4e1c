"""The encoding and the delimiter of a text file, by evidence in its bytes."""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import cast

from sources.files.csv_lines import Delimiter, Encoding, decode_text
from sources.inspection.dialogue import Dialogue
from warehouse.errors import ShapeError

DELIMITERS: dict[Delimiter, str] = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
SAMPLE_LINES = 400
LEAST_AGREEMENT = 0.6
"""So large a share of the lines has the same number of cells under the right delimiter."""
_CONTROL = re.compile("[\x80-\x9f\ufffd]")


@dataclass(frozen=True, slots=True)
class DecodedText:
    """The text of a file, and the settings that read it so."""

    text: str
    settings: dict[str, object]


def decoded(name: str, body: bytes, dialogue: Dialogue) -> DecodedText:
    """The text of ``body``. Raises ``ShapeError`` for bytes that are not text."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        dialogue.take("encoding", "UTF-16", "the byte order mark at the beginning of the file")
        return DecodedText(decode_text(name, body, "utf-16"), {})
    if b"\x00" in body[:4096]:
        if body[1:200:2].count(0) > len(body[1:200:2]) * 0.8:
            dialogue.take("encoding", "UTF-16", "every second byte is zero")
            return DecodedText(decode_text(name, body, "utf-16"), {"encoding": "utf-16"})
        raise ShapeError("the file is binary and not a table, a log or a feed", where=name, do="save it as CSV or XLSX")
    try:
        text = decode_text(name, body, "utf-8")
    except ShapeError:
        return _of_one_byte(name, body, dialogue)
    marked = body.startswith(b"\xef\xbb\xbf")
    if not body.isascii():
        dialogue.take("encoding", "UTF-8", "the byte order mark" if marked else "every byte is valid UTF-8")
    return DecodedText(text, {})


def _of_one_byte(name: str, body: bytes, dialogue: Dialogue) -> DecodedText:
    """A file that is not UTF-8: the two encodings that a plan may name differ in a few bytes only."""
    try:
        text = decode_text(name, body, "windows-1252")
    except ShapeError:
        what = "the file is neither UTF-8 nor Windows-1252"
        raise ShapeError(what, where=name, do="save it as CSV in UTF-8 ('CSV UTF-8' in Excel)") from None
    odd = sorted({char for char in text if ord(char) > 127})
    if all(char.isalpha() or char in "€£§°–—‘’“”„…·´\u00a0½¼²³©®ªº«»" for char in odd):
        shown = ", ".join(odd[:6])
        dialogue.take("encoding", "Windows-1252", f"it is not UTF-8, and read so it has {shown}")
    else:
        dialogue.answer_to(
            "encoding",
            f"Are these signs right: {' '.join(odd[:8])}?",
            "the file is not UTF-8, and nothing in it names its encoding",
            [("windows-1252", "yes, they are right"), ("latin-1", "no; read it as Latin-1")],
        )
    chosen = dialogue.answers.get("encoding", "windows-1252")
    return DecodedText(decode_text(name, body, cast("Encoding", chosen)), {"encoding": chosen})


def chosen_delimiter(text: str, dialogue: Dialogue) -> Delimiter | None:
    """The delimiter under which most lines have the same number of cells; None where no line has two cells."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    sample = "\n".join(lines[:SAMPLE_LINES]) + "\n"
    found = {delimiter: _agreement(sample, delimiter) for delimiter in DELIMITERS}
    good = {delimiter: one for delimiter, one in found.items() if one[0] >= LEAST_AGREEMENT and one[1] > 1}
    if not good:
        good = {delimiter: one for delimiter, one in found.items() if one[1] > 1 and one[0] >= LEAST_AGREEMENT / 2}
    if not good:
        return None
    best = max(good, key=lambda delimiter: (round(good[delimiter][0], 1), good[delimiter][1]))
    share, width = good[best]
    rivals = [
        delimiter for delimiter, one in good.items() if delimiter != best and one[0] >= share - 0.05 and one[1] > 1
    ]
    if rivals and all(good[rival][1] * 2 > width for rival in rivals):
        choices = [(DELIMITERS[each], f"the {DELIMITERS[each]}") for each in (best, *rivals)]
        answer = dialogue.answer_to(
            "delimiter", "Which sign parts the columns?", "two signs part the lines alike", choices
        )
        return next((each for each, name in DELIMITERS.items() if name == answer), best)
    evidence = f"{share:.0%} of the lines have {width} cells when parted by it"
    dialogue.take("delimiter", DELIMITERS[best], evidence)
    return best


def _agreement(text: str, delimiter: str) -> tuple[float, int]:
    """The share of the lines that have the most frequent number of cells, and that number."""
    try:
        widths = Counter(
            len(cells) for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if cells
        )
    except csv.Error:
        return 0.0, 0
    several = {width: number for width, number in widths.items() if width > 1}
    if not several:
        return 0.0, 0
    width = max(several, key=lambda each: (several[each], each))
    return several[width] / sum(widths.values()), width
