"""Faults have their effect, the log has every request, and the command line serves."""

import json
import re
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
import requests

from sandbox.faults import ALWAYS, Fault
from sandbox.files import gate_readings_csv
from sandbox.server import Sandbox, serve

OAI = "{http://www.openarchives.org/OAI/2.0/}"
IDENTIFY = "/oai?verb=Identify"


@pytest.mark.parametrize(
    ("fault", "status"), [(Fault.HTTP_429_THEN_OK, 429), (Fault.HTTP_500_THEN_OK, 500), (Fault.HTTP_503_THEN_OK, 503)]
)
def test_a_status_comes_the_given_times_and_then_the_answer(sandbox: Sandbox, fault: Fault, status: int) -> None:
    sandbox.misbehave("/oai", fault, times=2, retry_after=1)
    answers = [requests.get(sandbox.url + IDENTIFY) for _ in range(4)]
    assert [response.status_code for response in answers] == [status, status, 200, 200]
    assert [response.headers.get("Retry-After") for response in answers] == ["1", "1", None, None]


def test_retry_after_may_be_left_out_or_be_a_date(sandbox: Sandbox) -> None:
    sandbox.misbehave("/news", Fault.HTTP_429_THEN_OK)
    sandbox.misbehave("/news", Fault.HTTP_503_THEN_OK, retry_after="Tue, 24 Nov 2026 07:00:00 GMT")
    answers = [requests.get(f"{sandbox.url}/news/feed.xml") for _ in range(3)]
    assert [(response.status_code, response.headers.get("Retry-After")) for response in answers] == [
        (429, None),
        (503, "Tue, 24 Nov 2026 07:00:00 GMT"),
        (200, None),
    ]


def test_a_hang_outlasts_a_time_out(sandbox: Sandbox) -> None:
    sandbox.misbehave("/wp-json", Fault.HANG)
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{sandbox.url}/wp-json/wp/v2/posts", timeout=0.2)
    assert requests.get(f"{sandbox.url}/wp-json/wp/v2/posts", timeout=5).status_code == 200


def test_a_reset_breaks_the_connection(sandbox: Sandbox) -> None:
    sandbox.misbehave("/blog", Fault.RESET)
    with pytest.raises(requests.ConnectionError, match="reset"):
        requests.get(f"{sandbox.url}/blog/atom.xml")


def test_a_truncated_body_is_shorter_than_promised(sandbox: Sandbox) -> None:
    sandbox.misbehave("/files/", Fault.TRUNCATED)
    response = requests.get(f"{sandbox.url}/files/visits.csv", stream=True)
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        _ = response.content
    assert int(response.headers["Content-Length"]) == len(requests.get(f"{sandbox.url}/files/visits.csv").content)


@pytest.mark.parametrize("path", ["/wp-json/wp/v2/posts", IDENTIFY, "/news/feed.xml"])
def test_a_page_for_people_comes_instead(sandbox: Sandbox, path: str) -> None:
    sandbox.misbehave("/", Fault.HTML)
    response = requests.get(sandbox.url + path)
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/html")
    assert response.text.startswith("<!DOCTYPE html>")


def test_a_repeated_token_never_ends(sandbox: Sandbox) -> None:
    sandbox.misbehave("/oai", Fault.REPEATED_TOKEN, times=ALWAYS)
    first = ElementTree.fromstring(requests.get(f"{sandbox.url}/oai?verb=ListRecords&metadataPrefix=oai_dc").content)
    token = first.findtext(f".//{OAI}resumptionToken")
    for _ in range(3):
        following = ElementTree.fromstring(
            requests.get(f"{sandbox.url}/oai", params={"verb": "ListRecords", "resumptionToken": token or ""}).content
        )
        assert following.findtext(f".//{OAI}resumptionToken") == token
        assert len(list(following.iter(f"{OAI}record"))) == 50


def test_a_repeating_site_gives_page_one_for_every_page(sandbox: Sandbox) -> None:
    sandbox.misbehave("/wp-json", Fault.REPEATED_TOKEN, times=2)
    one, two, real = (requests.get(f"{sandbox.url}/wp-json/wp/v2/posts?page={page}").json() for page in (1, 2, 2))
    assert one == two != real


def test_an_empty_page_promises_another(sandbox: Sandbox) -> None:
    for route in ("/oai", "/wp-json"):
        sandbox.misbehave(route, Fault.EMPTY_PAGE)
    root = ElementTree.fromstring(
        requests.get(f"{sandbox.url}/oai?verb=ListRecords&metadataPrefix=oai_dc&from=2026-11-01").content
    )
    assert root.findtext(f".//{OAI}resumptionToken")
    assert root.find(f".//{OAI}record") is None
    posts = requests.get(f"{sandbox.url}/wp-json/wp/v2/posts?after=2026-11-01T00:00:00")
    assert posts.json() == []
    assert "next" in posts.links


def test_a_slow_answer_is_whole_and_late(sandbox: Sandbox) -> None:
    sandbox.misbehave("/blog", Fault.SLOW, seconds=0.3)
    started = time.monotonic()
    slow = requests.get(f"{sandbox.url}/blog/atom.xml").content
    assert time.monotonic() - started > 0.25
    assert slow == requests.get(f"{sandbox.url}/blog/atom.xml").content


def test_a_fault_meets_its_own_route_alone_until_it_is_taken_back(sandbox: Sandbox) -> None:
    sandbox.misbehave("/oai", Fault.HTTP_500_THEN_OK, times=ALWAYS)
    assert requests.get(f"{sandbox.url}/news/feed.xml").status_code == 200
    assert requests.get(sandbox.url + IDENTIFY).status_code == 500
    sandbox.behave()
    assert requests.get(sandbox.url + IDENTIFY).status_code == 200


def test_the_log_tells_what_was_asked_and_answered(sandbox: Sandbox) -> None:
    sandbox.misbehave("/oai", Fault.RESET)
    with pytest.raises(requests.ConnectionError):
        requests.get(sandbox.url + IDENTIFY)
    requests.get(f"{sandbox.url}/oai?verb=ListSets&a=1&a=2", headers={"x-token": "seen"})
    requests.post(f"{sandbox.url}/news/feed.xml", data={"a": "1"})
    entries = [(seen.method, seen.path, seen.query, seen.status) for seen in sandbox.requests]
    assert entries == [
        ("GET", "/oai", {"verb": ["Identify"]}, None),
        ("GET", "/oai", {"verb": ["ListSets"], "a": ["1", "2"]}, 200),
        ("POST", "/news/feed.xml", {}, 405),
    ]
    assert sandbox.requests[1].headers["X-Token"] == "seen"


def test_head_has_the_length_and_no_body(sandbox: Sandbox) -> None:
    response = requests.head(f"{sandbox.url}/files/measures.xlsx")
    assert response.content == b""
    assert int(response.headers["Content-Length"]) == len(requests.get(f"{sandbox.url}/files/measures.xlsx").content)


def test_files_outside_the_folder_are_not_served(sandbox: Sandbox) -> None:
    secret = sandbox.folder.parent / "outside.txt"
    for name in ("%2e%2e/outside.txt", f"%2F{secret}", "nothing.csv", "logs"):
        assert requests.get(f"{sandbox.url}/files/{name}").status_code == 404
    assert requests.get(f"{sandbox.url}/elsewhere").status_code == 404


def test_a_given_folder_is_served_as_it_stands_and_stays(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "visits.csv").write_text("mine")
    with serve(sandbox.today, 1, folder=tmp_path) as other:
        assert requests.get(f"{other.url}/files/visits.csv").text == "mine"
    assert (tmp_path / "visits.csv").read_text() == "mine"
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{other.url}/files/visits.csv")


def test_the_temporary_folder_goes_at_the_end(sandbox: Sandbox) -> None:
    with serve(sandbox.today, 1) as other:
        assert requests.get(f"{other.url}/files/publications.csv").status_code == 200
        assert other.folder.is_dir()
    assert not other.folder.exists()


def test_the_command_line_writes_serves_and_stops(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sandbox", "--folder", str(tmp_path), "--today", "2026-11-24"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as running:
        assert running.stdout
        assert running.stderr
        url = running.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
        assert json.loads(requests.get(f"{url}/wp-json/wp/v2/posts?per_page=1").text)
        assert requests.get(f"{url}/files/visits.csv").content == (tmp_path / "visits.csv").read_bytes()
        assert (tmp_path / "gate_readings.csv").read_bytes() == gate_readings_csv(date(2026, 11, 24), 1)
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=5) == 0
        assert running.stderr.read() == ""


def test_the_command_line_says_why_it_cannot_start() -> None:
    command = [sys.executable, "-m", "sandbox", "--today", "2019-01-01"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == 2
    assert "name a day from 2021 on" in done.stderr
    assert "Traceback" not in done.stderr
