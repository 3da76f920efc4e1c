"""The forms of a secret that are found, and what hiding it never changes."""

import base64
import html
import json
import time
from urllib.parse import quote, quote_plus

import pytest

from sources.web.addresses import without_secret_params
from sources.web.redaction import Redactor

SECRET = 'sk_live_Äx/9+& z"1'
LINES = ("MIIEvQIBADANBgkqhkiG9w0BAQEFAASC", "BKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj")
PEM = "\n".join(["-----BEGIN PRIVATE KEY-----", *LINES, "-----END PRIVATE KEY-----", ""])


def redactor(*secrets: str) -> Redactor:
    one = Redactor()
    for secret in secrets:
        one.remember(secret, "${env:KEY}")
    return one


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        SECRET.upper(),
        quote(SECRET, safe=""),
        quote(SECRET, safe="").lower(),
        quote_plus(SECRET),
        quote(quote(SECRET)),
        "".join(f"%{byte:02X}" for byte in SECRET.encode()),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        json.dumps(json.dumps(SECRET))[3:-3],
        "".join(f"\\u{ord(letter):04x}" for letter in SECRET),
        html.escape(SECRET),
        "".join(f"&#{ord(letter)};" for letter in SECRET),
        repr(SECRET.encode())[2:-1],
        base64.b64encode(SECRET.encode()).decode(),
    ],
)
def test_a_secret_is_hidden_in_every_form(form: str) -> None:
    body, found = redactor(SECRET).redact_body(f'{{"you sent": "{form}"}}'.encode())
    assert form.encode() not in body
    assert found == ["${env:KEY}"]


@pytest.mark.parametrize("before", ["", "u", "us", "user:"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_secret_inside_base64_is_hidden_wherever_it_begins(before: str, encode: type[bytes]) -> None:
    text = encode(f"{before}{SECRET}:more".encode()).decode()  # type: ignore[call-arg]
    left = redactor(SECRET).redact_data(text).replace("***", "AAAA")
    assert SECRET[2:-2].encode() not in base64.b64decode(left + "=" * (-len(left) % 4), altchars=b"-_")
    assert "***" in redactor(SECRET).redact_data(text)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_secret_in_another_encoding_is_hidden(encoding: str) -> None:
    assert SECRET.encode(encoding)[2:] not in redactor(SECRET).redact_body(f"x{SECRET}y".encode(encoding))[0]


def test_a_body_without_the_secret_stays_the_same_bytes() -> None:
    for body in (b"\xff\xfe\x00", "Bücher".encode(), b"PK\x03\x04\x80"):
        assert redactor(SECRET).redact_body(body) == (body, [])


@pytest.mark.parametrize("secret", ["a", "ab", "abc", ""])
def test_a_secret_of_fewer_than_four_characters_changes_no_text(secret: str) -> None:
    text = "abc and https://host/?page=abc"
    assert redactor(secret).redact_text(text) == text
    assert redactor(secret).redact_body(text.encode())[0] == text.encode()
    assert redactor(secret).redact(f"https://host/?api_key={secret}x") == "https://host/?api_key=***"


def test_a_short_secret_or_word_is_hidden_as_a_whole_word_only() -> None:
    hide = redactor("abcd1", "visitors").redact_data
    assert hide("abcd12 xabcd1 abcd1") == "abcd12 xabcd1 ***"
    assert hide("k%3Dabcd1 and \\nabcd1") == "k%3D*** and \\n***"
    assert hide('{"visitors": 5, "who": "visitors"}') == '{"visitors": 5, "who": "***"}'
    assert hide("Visitors come with nonvisitors") == "Visitors come with nonvisitors"


@pytest.mark.parametrize("secret", ["2026", "123456", "12.5", "2026-11-24"])
def test_a_secret_of_digits_never_changes_a_figure(secret: str) -> None:
    body = json.dumps({"value": secret, "count": 2026, "day": "2026-11-24", "more": 123456}).encode()
    assert redactor(secret).redact_body(body) == (body, [])
    assert redactor(secret).redact_text(f"customer {secret} is unknown") == "customer *** is unknown"


def test_each_line_of_a_private_key_is_hidden() -> None:
    hide = redactor(PEM).redact_text
    assert "MIIEvQ" not in hide("cannot read MIIEvQIBADANBgkqhkiG9w0BAQEFAASC")
    assert "MIIEvQ" not in hide(json.dumps({"private_key": PEM}))


def test_the_password_in_an_address_is_hidden_by_itself() -> None:
    assert redactor("mailtos://ann:p%40ssw0rd@host").redact_text("535 p@ssw0rd refused") == "535 *** refused"


def test_what_a_session_learns_the_run_learns_too() -> None:
    run = Redactor()
    one, other = Redactor(run), Redactor(run)
    one.remember("first-secret-1")
    assert run.redact_text("first-secret-1") == "***"
    assert other.redact_data("first-secret-1") == "first-secret-1"


def test_a_large_body_is_searched_in_little_time() -> None:
    body = b'{"title":"B\\u00fccher & mehr","n":12345},' * 250_000
    began = time.monotonic()
    assert redactor(SECRET).redact_body(body)[0] is body
    assert time.monotonic() - began < 3  # 10 MB took 0.1 s


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://h/p?page=2&api_key=abc#x", "https://h/p?page=2#x"),
        ("https://h/p?token=***&page=2", "https://h/p?page=2"),
        ("https://h/p?token=%2A%2A%2A", "https://h/p"),
        ("https://h/p?a=1&b", "https://h/p?a=1&b"),
        ("https://h/p", "https://h/p"),
    ],
)
def test_the_next_page_is_requested_without_a_repeated_key(url: str, clean: str) -> None:
    assert without_secret_params(url, {"api_key"}) == clean
