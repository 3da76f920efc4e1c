"""Notices that arrived at a recipient, and the ledger of what was sent, compared between a library and its twin."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.loopback import ReceivedRequest, Reply, Site, serve
from warehouse.schema import NOTICES
from warehouse.tables import Tables

Fact = tuple[str, ...]
"""Kind, subject, kind of message, id, first and last day."""
Columns = tuple[object, ...]
FACT_COLUMNS = ("kind", "subject", "told_as", "notice_id", "since", "through")
EVALUATION_COLUMNS = ("kind", "subject", "state", "since", "through")


@dataclass
class MailBox:
    """The messages that one library sent to a web service on this machine."""

    site: Site
    name: str
    opened: int = 0

    @property
    def address(self) -> str:
        """As apprise writes it."""
        return f"{self.site.url.replace('http:', 'json:', 1)}/{self.name}"

    def newest(self) -> Counter[Fact]:
        """How often each fact arrived since the last look."""
        mine = [one for one in self.site.received if one.path == f"/{self.name}"]
        new, self.opened = mine[self.opened :], len(mine)
        return Counter(_fact(fact) for one in new for fact in json.loads(one.body)["facts"])


def _fact(fact: dict[str, object]) -> Fact:
    subject = fact["indicator"] or fact["source"]
    return tuple(map(str, (fact["kind"], subject, *(fact[name] for name in FACT_COLUMNS[2:]))))


@contextmanager
def mail_boxes(*names: str) -> Iterator[list[MailBox]]:
    """A web service that takes every message, and a box for each name."""

    def accept(_: ReceivedRequest) -> Reply:
        return Reply()

    with serve(accept) as site:
        yield [MailBox(site, name) for name in names]


def sent(tables: Tables) -> Counter[Fact]:
    """The facts that the ledger holds as sent, each as often as it was sent.

    A message that two runs in a row were killed over counts as sent: docs/notices.md.
    """
    rows = tables.read(NOTICES).to_pylist()
    outcome = {(row["number"], row["kind"], row["subject"]): row["outcome"] for row in rows if row["number"]}
    outcome |= {
        (row["number"], row["kind"], row["subject"]): row["outcome"]
        for row in rows
        if row["outcome"] in {"told", "failed"}
    }
    found, unconfirmed = Counter[Fact](), Counter[Fact]()
    for row in sorted((row for row in rows if row["outcome"] == "sending"), key=lambda row: int(row["number"])):
        fact = tuple(str(row[name]) for name in FACT_COLUMNS)
        end = outcome[row["number"], row["kind"], row["subject"]]
        assert end != "failed", row
        unconfirmed[fact] += 1
        if end == "told" or unconfirmed[fact] == 2:
            found[fact] += 1
            del unconfirmed[fact]
    assert not unconfirmed, unconfirmed
    return found


def sent_without_proof(tables: Tables) -> set[Fact]:
    """The facts over whose message a run was killed, which may never have arrived."""
    rows = [row for row in tables.read(NOTICES).to_pylist() if row["number"]]
    told = {row["number"] for row in rows if row["outcome"] == "told"}
    return {tuple(str(row[name]) for name in FACT_COLUMNS) for row in rows if row["number"] not in told}


def evaluations(tables: Tables) -> set[Columns]:
    """What was evaluated, once however many runs did so, with its recipient."""
    rows = tables.read(NOTICES).to_pylist()
    return {tuple(row[name] for name in (*EVALUATION_COLUMNS, "recipient")) for row in rows}


def check_notices(killed: Tables, whole: Tables, arrived: Counter[Fact], expected: Counter[Fact]) -> None:
    """The same facts were evaluated and sent, and each arrived, at most twice.

    ``arrived`` and ``expected``: the messages of the killed library and of its twin since the last check.
    """
    evaluated = evaluations(killed) ^ evaluations(whole)
    assert evaluated == set(), f"evaluated by one alone: {evaluated}"
    ours, theirs = sent(killed), sent(whole)
    assert ours == theirs, f"on the ledger as sent: {ours - theirs} against {theirs - ours}"
    lost = set(expected) - set(arrived) - sent_without_proof(killed)
    assert lost == set(), f"never arrived: {lost}"
    assert set(arrived) <= set(expected), f"arrived, and should not: {set(arrived) - set(expected)}"
    assert max(arrived.values(), default=0) <= 2, f"arrived more than twice: {arrived}"
    assert max(expected.values(), default=0) <= 1, f"arrived twice without a kill: {expected}"
