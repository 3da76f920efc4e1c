"""The forms in which a service may repeat a secret, and the search for them in a text.

How a secret is searched depends on what it is, so that hiding it never changes a figure and seldom a word:

- fewer than 4 characters: not at all, since it would be found everywhere;
- digits and signs of numbers only: as a whole word in what people read, never in data, where it would be a figure;
- fewer than 8 characters, or letters only: as a whole word, and in JSON not as the name of a field;
- all others: anywhere, in any case of letters.
"""

import base64
import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote, quote_plus

HIDDEN = "***"
SHORTEST = 4
"""A shorter secret is not searched."""
_STRONG = 8
_LONG = 200
"""A longer secret, such as a private key, is searched in its usual forms only: its pattern would be too large."""
_NUMBER = re.compile(r"[\d\s.,:+\-/]+")
_ESCAPE_BEFORE = re.compile(r"(?:%[0-9A-Fa-f]{2}|\\(?:[bfnrt]|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}))$")
_ESCAPED_WORD = re.compile(
    r"%(?:25)*[3-7][0-9A-Fa-f](?:%(?:25)*[3-7][0-9A-Fa-f]){2}"
    r"|\\\\*(?:u00|x)[3-7][0-9A-Fa-f](?:\\+(?:u00|x)[3-7][0-9A-Fa-f]){2}"
    r"|&(?:amp;)*#[xX]?[0-9A-Fa-f]{2,5};(?:&(?:amp;)*#[xX]?[0-9A-Fa-f]{2,5};){2}"
)
"""Letters and digits that are escaped one by one, which programs seldom do."""
_FIELD_NAME = re.compile(r'"\s*:')
_SHORT_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f"}


@dataclass(frozen=True)
class SecretForms:
    """The forms of one secret. ``reference`` names it in the plan; empty for a token that a provider gave."""

    value: str
    reference: str = ""

    @property
    def is_number(self) -> bool:
        return _NUMBER.fullmatch(self.value) is not None

    @property
    def is_word(self) -> bool:
        """Whether it may well occur in a text that has nothing to do with the secret."""
        return self.is_number or len(self.value) < _STRONG or self.value.isalpha()

    def hide(self, text: str) -> str:
        """``text`` without the secret."""
        if any(form in text for form in self._encoded):
            text = _any_of(self._encoded).sub(self._replacement, text)
        if self._longest_run in text.lower() or _ESCAPED_WORD.search(text):
            text = self._pattern.sub(self._replacement, text)
        return text

    def hide_in_bytes(self, text: str) -> str:
        """As ``hide``, of bytes that are not UTF-8 and were decoded as Latin-1."""
        wide = (self.value.encode(code, "surrogatepass").decode("latin-1") for code in ("utf-16-le", "utf-16-be"))
        for form in wide:
            text = text.replace(form, HIDDEN)
        return self.hide(text)

    @cached_property
    def _encoded(self) -> set[str]:
        return _base64_forms(self.value, parts=not self.is_word)

    @cached_property
    def _longest_run(self) -> str:
        """The longest run of letters and digits, which programs leave as they are: a fast first look."""
        return max(re.findall(r"[a-z0-9]+", self.value.lower()), key=len, default="")

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        if len(self.value) > _LONG:
            return _any_of(_usual_forms(self.value))
        return re.compile("".join(_letter_pattern(letter, not self.is_word) for letter in self.value))

    def _replacement(self, found: re.Match[str]) -> str:
        if not self.is_word:
            return HIDDEN
        before, after = found.string[max(found.start() - 6, 0) : found.start()], found.string[found.end() :][:20]
        begins = not (_is_letter(before[-1:]) and _is_letter(found[0][0])) or _ESCAPE_BEFORE.search(before)
        ends = not (_is_letter(after[:1]) and _is_letter(found[0][-1]))
        is_name = before[-1:] == '"' and _FIELD_NAME.match(after)
        return HIDDEN if begins and ends and not is_name else found[0]


def _is_letter(letter: str) -> bool:
    return letter.isalnum() or letter == "_"


def _any_of(forms: set[str]) -> re.Pattern[str]:
    longest_first = sorted(forms, key=len, reverse=True)
    return re.compile("|".join(re.escape(form) for form in longest_first))


def _usual_forms(value: str) -> set[str]:
    raw = value.encode("utf-8", "surrogatepass")
    escaped = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], html.escape(value)}
    return {value, quote(raw, safe=""), quote(raw), quote_plus(raw), *escaped}


def _base64_forms(value: str, *, parts: bool) -> set[str]:
    """The secret in base64, and with ``parts`` what it always leaves in the base64 of a longer text."""
    raw = value.encode("utf-8", "surrogatepass")
    found = {base64.b64encode(raw).decode().rstrip("=")}
    for shift in range(3) if parts else ():
        padded = raw + b"\0" * (-(len(raw) + shift) % 3)
        text = base64.b64encode(b"\0" * shift + padded).decode()
        certain = 8 * (shift + len(raw)) // 6
        found.add(text[-(-8 * shift // 6) : certain])
    urls = {form.replace("+", "-").replace("/", "_") for form in found}
    return {form for text in found | urls for form in (text, quote(text, safe=""))}


def _letter_pattern(letter: str, any_case: bool) -> str:
    """One character as it is, and escaped for an address, JSON, HTML or Python, also several times over.

    Every alternative begins with a literal, so that the search passes over other text fast.
    """
    cases = {letter, letter.lower(), letter.upper()} if any_case else {letter}
    alternatives = [form for case in sorted(cases) if len(case) == 1 for form in _escapes(case)]
    return f"(?:{'|'.join(dict.fromkeys(alternatives))})"


def _escapes(letter: str) -> Iterator[str]:
    yield re.escape(letter)
    encodings = ("utf-8", "latin-1") if letter <= "\xff" else ("utf-8",)
    for encoding in encodings:
        raw = letter.encode(encoding, "surrogatepass")
        yield "".join(f"%(?:25)*{_hex(f'{byte:02x}')}" for byte in raw)
        yield "".join(rf"\\+x{_hex(f'{byte:02x}')}" for byte in raw)
    units = letter.encode("utf-16-be", "surrogatepass").hex()
    yield "".join(rf"\\+u{_hex(units[at : at + 4])}" for at in range(0, len(units), 4))
    yield rf"&(?:amp;)*#0*{ord(letter)};"
    yield rf"&(?:amp;)*#[xX]0*{_hex(f'{ord(letter):x}')};"
    if letter in _SHORT_ESCAPES:
        yield rf"\\+{re.escape(_SHORT_ESCAPES[letter])}"
    if letter in "&<>\"'":
        yield re.escape(html.escape(letter))
    if letter == " ":
        yield r"\+"


def _hex(digits: str) -> str:
    return "".join(digit if digit.isdigit() else f"[{digit}{digit.upper()}]" for digit in digits)
