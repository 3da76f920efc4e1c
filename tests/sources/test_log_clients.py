"""Who the visitor of a log line is: one reader, behind whatever proxies."""

from typing import Any

import pytest
from pydantic import ValidationError

from sources.access_log.clients import ClientFinder, ClientRule
from sources.access_log.source import AccessLogSettings
from tests.log_lines import PERSON, at, line, parse, value, whole_day

READER, PROXY, OWN = "198.51.100.7", "203.0.113.9", "10.0.0.1"


def finder(**rule: Any) -> ClientFinder:
    return ClientFinder(ClientRule.model_validate(rule))


@pytest.mark.parametrize(
    ("lead", "client"),
    [
        (f"{READER}, {PROXY} - -", READER),
        (f"{READER},{PROXY} - jsmith", READER),
        (f"library.example {READER}, {PROXY} - -", READER),
        (f"library.example:443 {READER}:50012 - -", READER),
        (f"{READER}:50012 - -", READER),
        ("[2001:db8::1]:443 - -", "2001:db8::1"),
        ("[2001:DB8:0::1] - -", "2001:db8::1"),
        ("2001:db8::1, 10.0.0.1 - -", "2001:db8::1"),
        ("::ffff:198.51.100.7 - -", READER),
        (f"unknown, {READER}, {OWN} - -", READER),
        (f"-, {READER} - -", READER),
        (f"_hidden, {READER} - -", READER),
        ("unknown - -", "unknown"),
    ],
)
def test_the_client_is_the_first_address_without_port_and_brackets(lead: str, client: str) -> None:
    """RFC 7239, 6: the port belongs to the connection, and unknown is nobody. RFC 5952: one spelling of an address."""
    assert finder().of_lead(lead) == client


@pytest.mark.parametrize(
    ("lead", "rest"),
    [
        (f"{OWN} {READER} - -", ""),
        (f"{OWN} {READER}, {PROXY} - -", ""),
        (f"library.example {OWN} {READER} - -", ""),
        (f"{READER}, {PROXY} - -", ""),
        (f"{OWN} - -", f'"{READER}"'),
        (f"{OWN} - -", f'0.003 "upstream" "{READER}, {PROXY}"'),
        (f"{OWN} - -", f'"for={READER};proto=https, for={PROXY}"'),
        (f"{READER} - -", '"-" 0.003'),
        (f"{OWN} - -", f'"unknown, {READER}"'),
        (f"{OWN} - -", rf'"For=\"{READER}:47011\"; proto=https, for={PROXY}"'),
        (f"{OWN} - -", rf'"for=\x22{READER}\x22"'),
    ],
)
def test_first_forwarded_finds_the_list_wherever_the_line_has_it(lead: str, rest: str) -> None:
    assert finder(**{"from": "first_forwarded"}).of_lead(lead, rest) == READER


def test_with_trusted_proxies_the_last_address_that_is_none_of_them_is_the_visitor() -> None:
    """A reader can write the beginning of the list; the proxies write its end."""
    trusting = finder(**{"from": "first_forwarded"}, trusted=["10.0.0.0/8", PROXY])
    assert trusting.of_lead(f"{OWN} - -", f'"1.2.3.4, {READER}, {PROXY}"') == READER
    assert trusting.of_lead(f"{OWN} - -", '"10.0.0.5"') == "10.0.0.5"
    assert finder(trusted=[PROXY]).of_lead(f"1.2.3.4, {READER}, {PROXY} - -") == READER


def test_a_network_that_is_none_is_refused_with_what_to_write() -> None:
    with pytest.raises(ValidationError, match=r"write 10\.0\.0\.7, 10\.0\.0\.0/8"):
        ClientRule.model_validate({"trusted": ["10.0.0"]})
    settings = AccessLogSettings.model_validate(
        {"type": "access_log", "path": "a", "client": {"from": "first_forwarded"}}
    )
    assert settings.client.from_ == "first_forwarded"


def views(clients: int, of: int = 120) -> list[str]:
    lines = [
        line(at(f"{n // 60 + 1:02}:{n % 60:02}:01"), f"GET /{n} HTTP/1.1", client=f"10.0.0.{n % clients}")
        for n in range(of)
    ]
    return whole_day([text + f' "198.51.100.{n % 40}"' for n, text in enumerate(lines)])


def test_two_balancers_are_named_as_such_and_the_declared_rule_finds_the_readers() -> None:
    parsed = parse(views(2))
    (note,) = [note for note in parsed.notes if "load balancers" in note]
    assert note.startswith("100% of the page views come from 2 clients")
    assert "client: {from: first_forwarded}" in note
    declared = parse(views(2), client={"from": "first_forwarded"})
    assert not [note for note in declared.notes if "load balancers" in note]
    # Two hours: 2 balancers, or 40 readers, in each.
    assert (value(parsed, "visits"), value(declared, "visits")) == (4, 80)


def test_few_clients_say_nothing_where_there_are_few_views_or_many_clients() -> None:
    assert not [note for note in parse(views(2, of=90)).notes if "load balancers" in note]
    assert not [note for note in parse(views(40)).notes if "load balancers" in note]


def test_a_log_of_robots_only_is_noted_and_empty_agents_are_named() -> None:
    empty = [text.replace(f'"{PERSON}"', '"-"') for text in views(40)]
    (note,) = [note for note in parse(empty).notes if "by robots" in note]
    assert note.startswith("100% of 120 page views are by robots; 100% of them have an empty user agent")
    assert not [note for note in parse(empty, empty_agent="visitor").notes if "by robots" in note]
