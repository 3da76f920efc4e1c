"""The digest on its way: through a real SMTP server and a real HTTP receiver, hostile names and all."""

import email
import email.policy
import json
import logging
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from email.message import EmailMessage
from typing import Any, cast

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from apprise import NotifyBase
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from reports.delivery import Message, _quiet, deliver
from reports.digest import BETTER, SHOWN, DigestItem, Letterhead, digest
from reports.languages import language
from reports.mail import MailThread
from reports.notice_headings import notice_heading
from reports.notice_rows import PublishedRows
from reports.notice_words import NoticeState, digest_item
from reports.plain_text import one_line
from reports.words import LANGUAGES
from tests.loopback import Reply, serve
from transforms.alerts.notice_kinds import KINDS, OVERDUE, SOURCE_KINDS
from transforms.alerts.notices import PROBLEM, RECOVERED, REMINDER, NoticeCandidate
from transforms.alerts.state_names import FIRING
from warehouse.schema.notices import NOTICE_KINDS

HILL = Letterhead("Hill Library", "https://kmi.example/report")
HOSTILE = "Visits\r\nBcc: eve@example.org\n\n<script>alert(1)</script> \u202eevil\u0000 {{ 7*7 }} =1+1 <!channel>"


@dataclass
class Inbox:
    """What an SMTP server took; it turns away the first ``refuse`` messages."""

    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Any] = field(default_factory=list)
    refuse: int = 0

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802 - the name is that of aiosmtpd
        if self.refuse:
            self.refuse -= 1
            return "451 not now"
        self.envelopes.append(envelope)
        self.messages.append(
            cast("EmailMessage", email.message_from_bytes(envelope.content, policy=email.policy.default))
        )
        return "250 taken"

    @property
    def address(self) -> str:
        return f"mailto://127.0.0.1:{self.port}?from=kmi@hill.example&to=ada@hill.example&mode=insecure"


@pytest.fixture(autouse=True)
def _no_throttle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Apprise itself waits 5.5 s between two mails of a process."""
    monkeypatch.setattr(NotifyBase, "request_rate_per_sec", 0)


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        box = Inbox(probe.getsockname()[1])
    server = Controller(box, hostname="127.0.0.1", port=box.port)
    server.start()
    try:
        yield box
    finally:
        server.stop()


def no_wait(_seconds: float) -> None:
    return


def one(title: str = "Visits: behind its path", *lines: tuple[str, str], section: str = PROBLEM) -> DigestItem:
    return DigestItem(section, title, lines or (("Owner", "Ada"),))


def test_a_mail_holds_plain_text_and_html(inbox: Inbox) -> None:
    assert (
        deliver(inbox.address, digest([one("Visits: behind its path", ("Owner", "Ada"), ("Why", "x"))], HILL), no_wait)
        == ""
    )
    (message,) = inbox.messages
    assert message["Subject"] == "Visits: behind its path"
    assert message["To"] == "ada@hill.example"
    text, rich = (message.get_body([kind]) for kind in ("plain", "html"))
    assert text is not None
    assert rich is not None
    expected = "Visits: behind its path\n  Owner: Ada\n  Why: x\n"
    assert expected in text.get_content().replace("\r", ""), "our own text, and not one made from the HTML"
    assert '<a href="https://kmi.example/report">' in rich.get_content()


def test_a_mail_says_that_a_program_sent_it_for_which_library_and_list(inbox: Inbox) -> None:
    assert deliver(inbox.address, digest([one()], HILL), no_wait) == ""
    (message,) = inbox.messages
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"] == "KM Indicators <km-indicators.hill.example>"
    assert message["From"] == '"Hill Library (KM Indicators)" <kmi@hill.example>'
    assert message["X-Auto-Response-Suppress"] == "All"
    assert len(message.get_all("Message-ID")) == 1


def test_an_address_that_names_its_sender_or_a_header_keeps_them(inbox: Inbox) -> None:
    address = f"{inbox.address}&name=Desk&%2BList-Id=own.example"
    assert deliver(address, digest([one()], Letterhead("Bücherei, \r\nBcc: eve@example.org", None)), no_wait) == ""
    (message,) = inbox.messages
    assert message["From"] == "Desk <kmi@hill.example>"
    assert message["List-Id"] == "own.example"
    assert message["Bcc"] is None


def test_a_mail_stands_in_its_thread_and_has_the_same_id_when_it_is_sent_again(inbox: Inbox) -> None:
    first, other = (
        MailThread("alert.470eb5d7.1a2b3c4d", ("review.11.1a2b3c4d",)),
        MailThread("over", ("alert.a b", "x")),
    )
    for thread in (first, first, other, None):
        assert deliver(inbox.address, replace(digest([one()], HILL), thread=thread), no_wait) == ""
    ids = [message["Message-ID"] for message in inbox.messages]
    assert ids[0] == ids[1] == "<alert.470eb5d7.1a2b3c4d@hill.example>"
    assert ids[2] == "<over@hill.example>"
    assert ids[3] not in ids[:3]
    assert [message["In-Reply-To"] for message in inbox.messages[1:]] == [
        "<review.11.1a2b3c4d@hill.example>",
        "<alert.a-b@hill.example>",
        None,
    ]
    assert inbox.messages[2]["References"] == "<alert.a-b@hill.example> <x@hill.example>"


def test_a_webhook_gets_the_facts_with_types_beside_the_text() -> None:
    seen: list[dict[str, Any]] = []

    def reply(request: Any) -> Reply:
        seen.append(json.loads(request.body))
        return Reply()

    fact = {"indicator": "visits", "value": 1200.5, "expected": None, "verdict": "behind", "verdict_before": "on_track"}
    with serve(reply) as site:
        message = replace(digest([one()], HILL), facts=(fact,))
        assert deliver(site.url.replace("http", "json"), message, no_wait) == ""
    assert seen[0]["facts"] == [fact]
    assert seen[0]["title"] == "Visits: behind its path"
    assert "Owner: Ada" in seen[0]["message"]


def test_a_hostile_name_is_text_and_adds_no_header_and_no_recipient(inbox: Inbox) -> None:
    post = digest([one(HOSTILE, ("Owner", HOSTILE)), one(HOSTILE)], Letterhead(HOSTILE, None))
    assert deliver(inbox.address, post, no_wait) == ""
    (message,), (envelope,) = inbox.messages, inbox.envelopes
    assert envelope.rcpt_tos == ["ada@hill.example"]
    assert message["Bcc"] is None
    assert "\n" not in post.title
    rich = message.get_body(["html"])
    assert rich is not None
    page = lxml_html.fromstring(rich.get_content())
    assert page.xpath("//script") == []
    layout = {"lang", "charset", "href", "name", "content", "style", "class", "role", "align"}
    sizes = {"width", "cellpadding", "cellspacing", "border"}
    names = {name for element in page.iter() if isinstance(element.tag, str) for name in element.attrib}
    assert names <= layout | sizes
    assert "<script>alert(1)</script>" in page.text_content()
    assert "{{ 7*7 }}" in page.text_content()


def test_a_hostile_name_calls_nobody_and_links_nowhere_in_a_chat() -> None:
    hostile = (
        "<!channel> <@U123> <http://evil.example|click> @everyone @Here [click](http://evil.example) ada@hill.example"
    )
    post = digest([one(hostile, ("Owner", hostile))], Letterhead(hostile, None))
    for text in (post.title, post.text):
        assert [sign for sign in ("<!", "<@", "<http", "@everyone", "@Here", "](") if sign in text] == []
    assert "ada@hill.example" in post.text


def test_a_server_that_is_busy_is_tried_again(inbox: Inbox) -> None:
    inbox.refuse, waits = 1, list[float]()
    assert deliver(inbox.address, digest([one()], HILL), waits.append) == ""
    assert len(inbox.messages) == 1
    assert waits == [2.0]


def test_a_server_that_is_not_there_is_named_without_its_address(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"json://ada:s3cret@127.0.0.1:{closed.getsockname()[1]}/path-with-key"
        with caplog.at_level(logging.DEBUG):
            why = deliver(address, digest([one()], HILL), no_wait)
    assert why == "it refused the connection, tried 3 times"
    assert [
        record for record in caplog.records if "s3cret" in record.getMessage() or "path-with-key" in record.getMessage()
    ] == []


def test_a_login_that_a_mail_server_refuses_is_named_as_the_reason() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    refusing = Controller(
        Inbox(),
        hostname="127.0.0.1",
        port=port,
        auth_require_tls=False,
        authenticator=lambda *_: AuthResult(success=False, handled=False),
    )
    refusing.start()
    try:
        why = deliver(
            f"mailto://ada:s3cret@127.0.0.1:{port}?from=kmi@hill.example&to=ada@hill.example&mode=insecure",
            digest([one()], HILL),
            no_wait,
        )
    finally:
        refusing.stop()
    assert why == "it did not accept the login, tried 3 times"


def test_no_log_and_no_reason_holds_a_part_of_the_address(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with serve(lambda _: Reply(b"no, s3cret", status=401)) as site, caplog.at_level(logging.DEBUG):
        why = deliver(
            f"{site.url.replace('http://', 'json://ada:s3cret@')}/hook-key?+Token=t0ken", digest([one()], HILL), no_wait
        )
    assert why == "it answered 401, tried 3 times"
    assert len(site.received) == 3
    printed = capfd.readouterr()
    written = " ".join([*(record.getMessage() for record in caplog.records), printed.out, printed.err])
    assert [secret for secret in ("s3cret", "hook-key", "t0ken") if secret in written] == []


def test_of_several_addresses_only_those_that_failed_are_tried_again() -> None:
    seen: list[str] = []

    def reply(request: Any) -> Reply:
        seen.append(request.path)
        return Reply(b"", status=503 if request.path == "/b" and seen.count("/b") < 2 else 200)

    with serve(reply) as site:
        where = site.url.replace("http", "json")
        assert deliver(f"{where}/a, {where}/b", digest([one()], HILL), no_wait) == ""
    assert seen == ["/a", "/b", "/b"]


@pytest.mark.parametrize("address", ["nonsense", "", "nosuch://host", "mailto://"])
def test_text_that_is_not_an_address_is_reported_as_such(address: str) -> None:
    assert deliver(address, Message("t", "t", "t"), no_wait) == "this is not an address that apprise knows"


def test_the_loggers_are_as_before_afterwards() -> None:
    deliver("nonsense", Message("t", "t", "t"), no_wait)
    assert logging.getLogger("apprise").filters == []
    assert logging.getLogger("apprise").level == logging.NOTSET


def test_a_digest_counts_its_notices_and_puts_new_ones_first() -> None:
    post = digest([one("c", section=RECOVERED), one("b", section=REMINDER), one("a"), one("a2")], HILL)
    assert post.title == "a (+3)"
    assert post.text.startswith("Hill Library: 2 new, 1 ongoing, 1 over\n")
    assert [line for line in post.text.splitlines() if line.isupper()] == ["NEW", "ONGOING", "OVER"]
    assert post.text.index("a2") < post.text.index("ONGOING") < post.text.index("OVER")


def test_a_long_digest_counts_what_it_leaves_out() -> None:
    post = digest([one(f"Indicator {n}") for n in range(SHOWN + 7)], HILL)
    assert "And 7 more" in post.text
    assert "And 7 more" in post.html
    assert post.title == f"Indicator 0 (+{SHOWN + 6})"


@given(st.text(max_size=400), st.integers(1, 200))
def test_plain_text_is_one_short_line_whatever_comes_in(text: str, longest: int) -> None:
    line = one_line(text, longest)
    assert len(line) <= longest
    assert len(line.splitlines()) <= 1
    assert line.isprintable() or not any(ord(letter) < 32 for letter in line)
    assert one_line(line, longest) == line


INDICATOR = {
    "title": "Visits",
    "owner": "Ada",
    "unit": "visits",
    "target_value": 10.0,
    "target_low": None,
    "target_high": None,
    "due": date(2027, 12, 31),
    "period": "month",
    "over": "period",
    "better": "up",
}
VERDICT = {
    "verdict": "behind",
    "alert_raised_at": datetime(2026, 10, 2, 6, tzinfo=UTC),
    "through": date(2026, 9, 30),
    "value": 8.0,
    "expected": 10.0,
    "reason": "why",
    "outlook": "ahead",
    "luck_p_value": 0.004,
    "alert": "firing",
}
SOURCE = {
    "data_through": date(2026, 9, 30),
    "last_error": "refused",
    "waiting": "limit",
    "refused": 3,
    "access_expires_at": date(2026, 12, 1),
}
PACE_FACTS = {
    "value": 8.0,
    "unit": "visits",
    "period": "month",
    "over": "period",
    "start": "2026-09-01",
    "through": "2026-09-30",
    "expected": 10.0,
    "path": "linear",
    "target": 12.0,
    "due": "2027-12-31",
    "ratio": 0.5,
}
CHANGE = {"cause": "restated", "plan_change": None, "verdict": "behind", "verdict_before": "on_track"}
KNOWN = PublishedRows({"visits": INDICATOR}, {"visits": VERDICT}, {"visits": CHANGE}, {"web": SOURCE})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("told_as", [PROBLEM, RECOVERED])
def test_every_kind_of_fact_has_words(kind: str, told_as: str) -> None:
    subject = "web" if kind in SOURCE_KINDS else "runs" if kind == OVERDUE else "visits"
    item = digest_item(
        NoticeCandidate(kind, subject, FIRING, date(2026, 9, 1), date(2026, 9, 30), "month"),
        NoticeState(told_as, "abc"),
        KNOWN,
    )
    assert item.title.startswith(("web: ", "Visits: ", "runs: "))
    assert all(text for _, text in item.lines)
    assert item.notice_id == ("" if told_as == RECOVERED else "abc")


def test_the_kinds_are_those_of_the_ledger() -> None:
    assert {*KINDS, "weekly"} == set(NOTICE_KINDS)
    assert all(
        notice_heading(kind, language(code), over=over)
        for kind in KINDS
        for code in LANGUAGES
        for over in (True, False)
    )


@pytest.mark.parametrize(
    ("page", "link"),
    [
        (None, ""),
        ("https://kmi.example/report", "https://kmi.example/report/indicator-visits.html"),
        ("https://kmi.example/report/", "https://kmi.example/report/indicator-visits.html"),
        ("https://kmi.example/report/index.html", "https://kmi.example/report/indicator-visits.html"),
        ("https://kmi.example/show?report=1", ""),
    ],
)
def test_a_fact_links_to_its_page(page: str | None, link: str) -> None:
    item = digest_item(
        NoticeCandidate("alert", "visits", FIRING, date(2026, 9, 1), date(2026, 9, 30), "month"),
        NoticeState(PROBLEM, "abc"),
        KNOWN,
        page,
    )
    assert item.link == link
    post = digest([item], Letterhead("Hill", page))
    assert bool(link) is (link != "" and link in post.text.split())
    assert (f'href="{link}"' in post.html) is bool(link)


def test_a_source_links_to_the_page_of_the_sources() -> None:
    item = digest_item(
        NoticeCandidate("source_late", "web", FIRING, date(2026, 9, 1), date(2026, 9, 30), "week"),
        NoticeState(PROBLEM, "abc"),
        KNOWN,
        "https://kmi.example/report",
    )
    assert item.link == "https://kmi.example/report/sources.html"


def test_runs_that_stop_say_when_one_finished_last_and_link_nowhere() -> None:
    item = digest_item(
        NoticeCandidate(OVERDUE, "runs", FIRING, date(2026, 9, 29), date(2026, 9, 30), "week"),
        NoticeState(PROBLEM, "abc"),
        replace(KNOWN, last_finish=datetime(2026, 9, 28, 4, 12, tzinfo=UTC)),
        "https://kmi.example/report",
    )
    assert ("Last run", "finished on 28 Sep 2026, 04:12 UTC") in item.lines
    assert item.link == ""


def told(rows: PublishedRows, code: str = "en", kind: str = "alert") -> DigestItem:
    candidate = NoticeCandidate(kind, "visits", FIRING, date(2026, 9, 1), date(2026, 9, 30), "month")
    return digest_item(candidate, NoticeState(PROBLEM, "abc"), rows, None, language(code))


def test_an_alert_says_by_how_much_how_sure_and_what_changed() -> None:
    item = told(KNOWN)
    assert item.figure == "8 visits in Sep 2026, 10 expected"
    assert item.reason == "2 (20 %) less than expected, by luck in 0.4 % of cases"
    assert dict(item.lines)["What changed"] == "from on track to behind (figures were revised)"
    assert item.next_step == "Next: decide with Ada what has to change, for the target is due on 31 Dec 2027."


@pytest.mark.parametrize(
    ("chance", "words"), [(None, "is not known"), (0.00001, "under 0.1 %"), (0.034, "3.4 %"), (0.4, "40 %")]
)
def test_how_sure_is_given_no_finer_than_it_is_known(chance: float | None, words: str) -> None:
    assert words in told(replace(KNOWN, verdicts={"visits": VERDICT | {"luck_p_value": chance}})).reason


@pytest.mark.parametrize(
    ("value", "expected", "figure", "gap"),
    [
        (1090.0, 1082.573, "1,090 visits in Sep 2026, 1,083 expected", "7 (1 %) more than expected"),
        (141.0, 178.55, "141 visits in Sep 2026, 179 expected", "38 (21 %) less than expected"),
        (32.0, 32.7996, "32 visits in Sep 2026, 32.8 expected", "0.8 (2 %) less than expected"),
        (8.0, 8.0, "8 visits in Sep 2026, 8 expected", "as expected"),
        (500.0, 500.2, "500 visits in Sep 2026, 500 expected", "as expected"),
        (2.5, 3.25, "2.5 visits in Sep 2026, 3.25 expected", "0.75 (23 %) less than expected"),
        (0.1, 0.2, "0.1 visits in Sep 2026, 0.2 expected", "0.1 (50 %) less than expected"),
    ],
)
def test_the_difference_is_given_in_the_digits_of_the_values(
    value: float, expected: float, figure: str, gap: str
) -> None:
    item = told(replace(KNOWN, verdicts={"visits": VERDICT | {"value": value, "expected": expected}}))
    assert (item.figure, item.reason.partition(", by luck")[0]) == (figure, gap)


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("chance", [None, 0.00001, 0.034, 0.4, 0.9])
def test_the_reason_of_a_shortfall_has_at_most_twelve_words(code: str, chance: float | None) -> None:
    item = told(replace(KNOWN, verdicts={"visits": VERDICT | {"luck_p_value": chance}}), code)
    assert len([word for word in item.reason.split() if any(letter.isalnum() for letter in word)]) <= 12


@pytest.mark.parametrize(
    ("title", "better", "subject"),
    [
        ("Visits", "up", "Visits behind: 8 of 10 expected in Sep 2026"),
        ("Complaints", "down", "Complaints behind: 8 against 10 expected in Sep 2026"),
        ("Visits " * 20, "up", "Visits Visits Visits Vis… behind: 8 of 10 expected in Sep 2026"),
    ],
)
def test_the_subject_is_the_most_important_figure_and_fits_a_phone(title: str, better: str, subject: str) -> None:
    rows = replace(KNOWN, indicators={"visits": INDICATOR | {"title": title, "better": better}})
    post = digest([told(rows), one("another")], HILL)
    assert post.title.startswith(subject)
    assert post.title.endswith(" (+1)")
    assert len(post.title) <= 70


def months(count: int, **newest: Any) -> list[dict[str, Any]]:
    ends = [date(2024 + (n + 1) // 12, (n + 1) % 12 + 1, 1) for n in range(count)]
    starts = [date(2024 + n // 12, n % 12 + 1, 1) for n in range(count)]
    rows = [
        {"start": start, "end": end, "value": 100.0 + at, "expected": 101.0, "completeness": 1.0}
        for at, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]
    return [*rows[:-1], rows[-1] | newest]


def with_chart(code: str = "en") -> PublishedRows:
    note = {"author": "Ada", "noted_on": date(2026, 9, 28), "note": "The lift is mended in May"}
    return replace(KNOWN, notes={"visits": [note]}, periods=lambda: {"visits": months(36)})


def test_a_mail_shows_a_chart_in_its_place_and_plain_text_a_line_of_blocks(inbox: Inbox) -> None:
    assert deliver(inbox.address, digest([told(with_chart())], HILL), no_wait) == ""
    (message,) = inbox.messages
    assert message.get_content_type() == "multipart/related"
    (picture,) = [part for part in message.walk() if part.get_content_type() == "image/png"]
    assert picture["Content-ID"] == "<chart-1.png>"
    assert picture.get_payload(decode=True)[:8] == b"\x89PNG\r\n\x1a\n"
    rich, text = message.get_body(["html"]), message.get_body(["plain"])
    assert rich is not None
    assert text is not None
    assert rich.get_content().count('src="cid:chart-1.png"') == 1
    assert "  ▁▁▂▂▂▃▃▃▃▄▄▄▅▅▅▆▆▆▆▇▇▇██  Oct 2024 – Sep 2026\n" in text.get_content().replace("\r", "")


def test_a_mail_in_plain_text_alone_has_no_pictures(inbox: Inbox) -> None:
    assert deliver(f"{inbox.address}&format=text", digest([told(with_chart())], HILL), no_wait) == ""
    (message,) = inbox.messages
    assert message.get_content_type() == "text/plain"
    assert "Image" not in message.get_content()


def test_a_chart_ends_with_the_period_that_is_judged() -> None:
    item = told(with_chart())
    assert item.chart is not None
    assert (item.chart.last, item.chart.newest, len(item.chart.values)) == ("Sep 2026", "132", 24)
    assert told(replace(KNOWN, periods=lambda: {"visits": months(2)})).chart is None, "two values are no course"


def test_the_newest_note_stands_in_the_entry_as_text() -> None:
    post = digest([told(with_chart())], HILL)
    assert "  Note by Ada, 28 Sep 2026: The lift is mended in May\n" in post.text
    assert "The lift is mended in May" in post.html


def test_plain_text_has_72_columns_and_no_address_is_broken() -> None:
    link = f"https://kmi.example/{'long-' * 20}report"
    long = one("Visits " * 20, ("Why", "word " * 60))
    post = digest([told(with_chart()), long], replace(HILL, page=link))
    assert max(len(line) for line in post.text.splitlines() if "https" not in line) <= 72
    assert link in post.text.splitlines()


ENGLISH_ONLY = ("New", "Owner", "Next:", "Since", "expected", "behind", "You get", "Note by", "What", "To stop", "luck")


@pytest.mark.parametrize("code", ["de", "fr"])
@pytest.mark.parametrize("told_as", [PROBLEM, REMINDER, RECOVERED])
def test_no_english_is_left_in_a_message_of_another_language(code: str, told_as: str) -> None:
    t = language(code)
    subjects = {kind: "web" if kind in SOURCE_KINDS else "runs" if kind == OVERDUE else "visits" for kind in KINDS}
    reasoned = {"reason_code": "pace", "reason_parameters": json.dumps(PACE_FACTS), "reason": "English words"}
    rows = replace(
        with_chart(), verdicts={"visits": VERDICT | reasoned}, last_finish=datetime(2026, 9, 28, 4, 12, tzinfo=UTC)
    )
    items = [
        digest_item(
            NoticeCandidate(kind, subject, FIRING, date(2026, 9, 1), date(2026, 9, 30), "month"),
            NoticeState(told_as, "abc", date(2026, 8, 1), date(2026, 9, 30)),
            rows,
            "https://kmi.example",
            t,
        )
        for kind, subject in subjects.items()
    ]
    post = digest(items, Letterhead("Bücherei", "https://kmi.example", 2, t))
    words = "\n".join((post.title, post.text, lxml_html.fromstring(post.html).text_content()))
    own = ("The lift is mended in May", "refused", "limit")
    for quoted in own:
        words = words.replace(quoted, "")
    assert [english for english in ENGLISH_ONLY if english in words] == []
    assert f'lang="{code}"' in post.html


@pytest.mark.parametrize(
    ("repeat", "words"),
    [
        (None, "You get a message when something begins and when it is over."),
        (0, "again with each further complete period while it lasts, and when it is over."),
        (1, "again when it lasts for more than 1 further complete period,"),
        (2, "again when it lasts for more than 2 further complete periods,"),
    ],
)
@pytest.mark.parametrize("told_as", [PROBLEM, REMINDER, RECOVERED])
def test_the_closing_line_says_when_a_message_is_repeated(repeat: int | None, words: str, told_as: str) -> None:
    post = digest([one(section=told_as)], Letterhead("Hill", None, repeat))
    assert words in " ".join(post.text.split())
    assert words in post.html


def test_what_is_over_says_since_when_it_lasted_and_when_its_end_was_seen() -> None:
    over = NoticeState(RECOVERED, "abc", date(2026, 4, 1), date(2026, 8, 3))
    alert, late = ("Began", "Apr 2026"), ("Began", "1 Apr 2026")
    for kind, subject, (name, began) in (("alert", "visits", alert), ("source_late", "web", late)):
        lines = dict(
            digest_item(NoticeCandidate(kind, subject, "inactive", None, date(2026, 9, 30), "month"), over, KNOWN).lines
        )
        assert (lines[name], lines["Seen to be over on"]) == (began, "3 Aug 2026")


def noticed(kind: str, told_as: str, verdict: str, before: str | None) -> DigestItem:
    change = CHANGE | {"verdict": verdict, "verdict_before": before}
    known = replace(KNOWN, verdicts={"visits": VERDICT | {"verdict": verdict}}, changes={"visits": change})
    candidate = NoticeCandidate(kind, "visits", FIRING, date(2026, 9, 1), date(2026, 9, 30), "month")
    return digest_item(candidate, NoticeState(told_as, "abc"), known)


@pytest.mark.parametrize(
    ("verdict", "before", "section"),
    [
        ("at_risk", "behind", BETTER),
        ("achieved", "on_track", BETTER),
        ("at_risk", "on_track", PROBLEM),
        ("on_track", None, PROBLEM),
        ("at_risk", "not_assessable", PROBLEM),
        ("not_assessable", "behind", PROBLEM),
    ],
)
def test_a_verdict_is_told_as_better_only_where_it_is(verdict: str, before: str | None, section: str) -> None:
    assert noticed(verdict, PROBLEM, verdict, before).section == section


def test_an_alert_has_the_words_of_the_present_verdict() -> None:
    assert noticed("alert", PROBLEM, "behind", "on_track").title == "Visits: behind its path"
    goes_on = noticed("alert", REMINDER, "at_risk", "behind")
    assert (goes_on.section, goes_on.title) == (REMINDER, "Visits: at risk now, and its alert goes on")


def test_an_alert_is_raised_on_a_day_for_a_period() -> None:
    lines = dict(noticed("alert", PROBLEM, "behind", None).lines)
    assert lines["Since"] == "Sep 2026; alert of 2 Oct 2026"


def test_sources_that_fail_for_the_same_reason_are_shown_together() -> None:
    lost = SOURCE | {"data_through": None, "last_error": "the environment variable is not set"}
    known = PublishedRows({}, {}, {}, {"web": lost, "shop": lost, "gates": lost | {"last_error": "no such file"}})
    facts = [
        NoticeCandidate("source_failed", name, FIRING, date(2026, 9, 1), date(2026, 9, 30), "week")
        for name in ("web", "gates", "shop")
    ]
    post = digest([digest_item(fact, NoticeState(PROBLEM, f"id-{fact.subject}"), known) for fact in facts], HILL)
    assert (
        post.text.count("the environment variable is not set")
        == post.html.count("the environment variable is not set")
        == 1
    )
    assert "web, shop: source failed" in post.text
    assert "ID: id-web, id-shop" in post.text
    assert post.text.startswith("Hill Library: 3 new")


@pytest.mark.parametrize(
    ("met", "words"),
    [
        ("(535, b'5.7.8 no, ada:s3cret')", "it did not accept the login"),
        ("NameResolutionError: Failed to resolve 'secret-host'", "its host is not known"),
        ("[Errno -2] Name or service not known", "its host is not known"),
        ("[Errno 111] Connection refused", "it refused the connection"),
        ("Read timed out. (read timeout=4.0)", "it did not respond in time"),
        ("CERTIFICATE_VERIFY_FAILED", "its certificate is not accepted"),
        ("something with s3cret", "it cannot be reached"),
    ],
)
def test_what_stopped_a_message_is_said_in_words_that_hold_no_address(met: str, words: str) -> None:
    with _quiet() as log_filter:
        logger = logging.getLogger("apprise")
        logger.warning("A Connection error occurred sending mail to s3cret.")
        logger.debug("Socket Exception: %s", met)
        logger.debug("Payload: error=123 Connection refused")
    assert log_filter.reason() == words
