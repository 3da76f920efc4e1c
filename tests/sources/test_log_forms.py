"""The forms in which servers write their logs: each is found by its first lines and read to the same requests."""

from typing import Any

import pandas as pd
import pytest

from sources.access_log.lines import mask_line
from sources.access_log.robots import RobotLists
from tests.log_lines import DAY, PERSON, line, parse, value, whole_day
from warehouse.errors import ShapeError

AGENT = PERSON.replace(" ", "+")
CLF = '192.0.2.7 - - [03/Mar/2026:12:00:00 +0000] "GET /km/ HTTP/1.1" 200 512'
NGINX = (
    '{"time_iso8601": "2026-03-03T13:00:00+01:00", "remote_addr": "192.0.2.7", "request_method": "GET", '
    f'"request_uri": "/km/", "status": "200", "http_user_agent": "{PERSON}"}}'
)
CADDY = (
    '{"ts": 1772539200.25, "request": {"remote_ip": "10.0.0.1", "client_ip": "192.0.2.7", "method": "GET", '
    '"uri": "/km/", '
    f'"headers": {{"User-Agent": ["{PERSON}"]}}}}, "status": 200}}'
)
TRAEFIK = (
    '{"ClientHost": "192.0.2.7", "RequestMethod": "GET", "RequestPath": "/km/", "DownstreamStatus": 200, '
    f'"StartUTC": "2026-03-03T12:00:00.5Z", "request_User-Agent": "{PERSON}"}}'
)
IIS = (
    "#Software: Microsoft Internet Information Services 10.0\n"
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query c-ip cs(User-Agent) sc-status\n"
    f"2026-03-03 12:00:00 203.0.113.5 GET /km/ - 192.0.2.7 {AGENT} 200"
)
CLOUDFRONT = (
    "#Version: 1.0\n#Fields: date time c-ip cs-method cs-uri-stem sc-status cs(User-Agent)\n"
    f"2026-03-03\t12:00:00\t192.0.2.7\tGET\t/km/\t200\t{PERSON.replace(' ', '%20')}"
)
ALB = (
    "h2 2026-03-03T12:00:00.186641Z app/lb/50dc 192.0.2.7:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "
    f'"GET https://library.example:443/km/ HTTP/2.0" "{PERSON}" ECDHE TLSv1.2'
)
HAPROXY = (
    "Mar  3 12:00:00 lb haproxy[6801]: 192.0.2.7:55008 [03/Mar/2026:12:00:00.584] web~ app/s1 0/0/0/72/72 200 7456 - - "
    '---- 5/4/0/1/0 0/0 {library.example} "GET /km/ HTTP/1.1"'
)
HAPROXY_CLF = f'{CLF} "" "" 56610 780 "web" "app" "s1" 0 0 0 0 0 ---- 1 1 0 0 0 0 0 "" "" '
TRAEFIK_CLF = f'{CLF} "-" "-" 7 "router@docker" "http://10.0.0.2:80" 3ms'


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (line(), "combined"),
        (CLF, "common"),
        (f"Mar  3 12:00:00 web nginx: {line()}", "combined"),
        (NGINX, "JSON lines (status from status, client from remote_addr"),
        (CADDY, "JSON lines (status from status, client from request.client_ip"),
        (TRAEFIK, "JSON lines (status from DownstreamStatus, client from ClientHost"),
        (IIS, "W3C extended (times in UTC; date time s-ip"),
        (CLOUDFRONT, "W3C extended (times in UTC; date time c-ip"),
        (ALB, "ALB or ELB"),
        (HAPROXY, "HAProxy's own form, which has no user agents (times in UTC)"),
        (HAPROXY_CLF, "HAProxy's common form, which has no user agents"),
        (TRAEFIK_CLF, "Traefik's common form, which has no user agents"),
    ],
)
def test_each_form_is_found_and_read_to_the_same_page_view(text: str, form: str) -> None:
    parsed = parse(text.encode(), by_page=True)
    assert (value(parsed, "page_views", DAY, "/km/"), value(parsed, "visits"), len(parsed.refused)) == (1, 1, 0)
    assert any(f"access.log.0 read as {form}" in note for note in parsed.notes)


@pytest.mark.parametrize("text", [CLF, HAPROXY, HAPROXY_CLF, TRAEFIK_CLF])
def test_a_form_without_agents_counts_every_client_and_a_note_says_so(text: str) -> None:
    assert any("no user agent" in note for note in parse(text.encode()).notes)


def test_a_real_empty_agent_stays_a_robot_where_traefik_writes_agents() -> None:
    named = TRAEFIK_CLF.replace('"-" "-"', f'"-" "{PERSON}"')
    parsed = parse(f"{named}\n{TRAEFIK_CLF}".encode())
    assert (value(parsed, "page_views"), value(parsed, "robot_page_views")) == (1, 1)


def test_fields_of_a_w3c_log_may_change_and_a_day_may_stand_in_the_header_only() -> None:
    body = (
        "#Date: 2026-03-02 22:00:00\n#Fields: time c-ip cs-method cs-uri-stem sc-status\n"
        "23:59:00 192.0.2.7 GET /a 200\n"
        "00:01:00 192.0.2.7 GET /b 200\n#Fields: date time sc-status cs-uri-stem cs-method c-ip\n"
        "2026-03-03 00:02:00 404 /c GET 192.0.2.7\n2026-03-03 00:03:00 200 /d\n"
    )
    parsed = parse(body.encode())
    assert (value(parsed, "requests"), value(parsed, "page_views")) == (2, 1)
    assert parsed.refused["reason"].tolist() == ["the line has 4 values for 6 fields"]


def test_a_w3c_log_without_a_needed_field_is_refused_by_the_name_of_the_field() -> None:
    with pytest.raises(ShapeError, match="does not write sc-status"):
        parse(b"#Fields: date time c-ip cs-method cs-uri-stem\n2026-03-03 12:00:00 192.0.2.7 GET /km/\n")


def test_times_without_a_zone_are_those_that_the_plan_declares() -> None:
    """12:00 UTC is 07:00 in New York; 03:30 UTC is the evening before there."""
    iis = IIS.replace("12:00:00 203", "03:30:00 203")
    assert value(parse(iis.encode(), zone="America/New_York"), "page_views", pd.Timestamp("2026-03-02").date()) == 1
    declared = parse(iis.encode(), zone="America/New_York", log_time_zone="America/New_York")
    assert value(declared, "page_views", DAY) == 1
    late = HAPROXY.replace("[03/Mar/2026:12:00:00", "[03/Mar/2026:23:30:00")
    assert value(parse(late.encode(), zone="Europe/Berlin"), "page_views", DAY) == 1
    assert value(parse(late.encode(), zone="UTC", log_time_zone="America/New_York"), "page_views", DAY) is None


def test_json_under_other_names_is_read_when_the_plan_names_them_and_refused_by_name_otherwise() -> None:
    own = (
        '{"at": "03/Mar/2026:12:00:00 +0000", "who": {"ip": "192.0.2.7"}, "request": "GET /km/ HTTP/1.1", "code": 200}'
    )
    fields = {"time": "at", "client": "who.ip", "status": "code"}
    assert value(parse(own.encode(), fields=fields), "page_views") == 1
    with pytest.raises(ShapeError, match=r"no status and no client and no time.*'fields'"):
        parse(own.encode())


@pytest.mark.parametrize("seconds", ["1772539200", "1772539200.5", "1772539200123", "1772539200123456"])
def test_json_times_may_be_numbers_of_seconds_and_their_parts(seconds: str) -> None:
    text = NGINX.replace('"2026-03-03T13:00:00+01:00"', seconds)
    assert value(parse(text.encode()), "requests", DAY) == 1


def test_bytes_that_a_server_escapes_belong_to_the_letter() -> None:
    nginx = line(request=r"GET /f\xC3\xBChrungen/ HTTP/2.0")
    json_line = NGINX.replace("/km/", r"/f\xC3\xBChrungen/")
    for text in (nginx, json_line):
        assert value(parse(text.encode(), by_page=True), "page_views", DAY, "/führungen/") == 1


def test_a_line_that_breaks_off_at_the_end_of_a_file_is_refused_although_it_looks_common() -> None:
    whole = "\n".join(whole_day([line()]))
    parsed = parse(f"{whole}\n{CLF}".encode())
    assert parsed.refused["reason"].tolist() == ["the file breaks off in the middle of the line"]
    assert value(parsed, "requests") == 3


def test_many_lines_that_cannot_be_read_are_counted_and_shown_by_example() -> None:
    parsed = parse([*(line() for _ in range(100)), *(f"garbage {n}" for n in range(50))])
    assert len(parsed.refused) == 21
    assert parsed.refused["reason"].iloc[-1] == "30 more lines of the file cannot be read"
    assert (parsed.rows_read, parsed.rows_refused) == (100, 50)


@pytest.mark.parametrize("text", [NGINX.replace("/km/", "/u?name=jsmith"), IIS.splitlines()[-1], HAPROXY])
def test_a_refused_line_of_any_form_names_nobody(text: str) -> None:
    assert not any(name in mask_line(text) for name in ("192.0.2.7", "jsmith"))


@pytest.mark.parametrize(
    "agent",
    [
        "ELB-HealthChecker/2.0",
        "kube-probe/1.29",
        "GoogleHC/1.0",
        "ApacheBench/2.3",
        "k6/0.49.0 (https://k6.io/)",
        "check_http/v2.3 (monitoring-plugins 2.3)",
        "Load Balancer Agent",
        "Blackbox Exporter/0.24.0",
    ],
)
def test_health_checkers_and_load_tools_are_robots(agent: str) -> None:
    lists: Any = ("counter-robots", "crawler-user-agents", "monitors")
    assert RobotLists(lists).is_robot(agent)
    assert not RobotLists(lists).is_robot(PERSON)
