"""Kept log lines hold no visitor, and are read to the same figures."""

import bz2
import gzip
import re
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from sources.access_log.pseudonyms import LogPseudonyms
from sources.access_log.settings import AccessLogSettings
from sources.access_log.source import AccessLog
from sources.contract import ParseResult, Place
from tests.log_lines import ASKED, NOW, OTHER, PERSON, at, line
from tests.loopback import quick_session

LONDON = ZoneInfo("Europe/London")
CLF = [
    line(at("00:30:00")),
    line(at("00:30:10")),
    line(at("00:30:05"), client="2001:4860::8888", agent=OTHER),
    line(at("12:10:00"), client="dsl-7.isp.example").replace(" - - [", " - ada.byron [", 1),
    line(at("12:20:00"), client="dsl-7.isp.example"),
    line(at("23:40:00"), client="198.51.100.4"),
    line(at("00:10:00", "04/Mar/2026"), client="198.51.100.4"),
    line(at("13:10:00", "04/Mar/2026"), request="GET /v/1.2.3.4/?ip=203.0.113.9 HTTP/1.1"),
    line(at("23:30:00", "04/Mar/2026"), client="10.0.0.1, 198.51.100.77"),
]
ALB = (
    "http 2026-03-03T{}Z app/lb/1 {} 10.0.0.66:9000 0.0 0.0 0.0 200 200 34 366 "
    '"GET http://www.example.com:80/km/ HTTP/1.1" "Mozilla/5.0 (X11; Linux) Firefox/140.0" - -'
)
JSON = (
    '{{"time_iso8601":"2026-03-03T{}+00:00","remote_addr":"{}","request":"GET /km/ HTTP/1.1","status":200,'
    '"http_user_agent":"Mozilla/5.0 (X11) Firefox/140.0","http_x_forwarded_for":"{}, 10.0.0.1"}}'
)
W3C = (
    "#Fields: date time c-ip cs-method cs-uri-stem sc-status cs(User-Agent)\n"
    "2026-03-03 00:10:00 203.0.113.5 GET /km/ 200 Mozilla/5.0+Firefox/140.0\n"
    "2026-03-03 23:30:00 203.0.113.6 GET /km/ 200 Mozilla/5.0+Firefox/140.0"
)
HAPROXY = "\n".join(
    f"203.0.113.{n}:4981{n} [03/Mar/2026:{time}.655] web app/s1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "
    '"GET /km/ HTTP/1.1"'
    for n, time in ((5, "00:12:14"), (6, "23:12:14"))
)
TIMES = ("00:10:00", "00:10:09", "12:00:00", "23:30:00")
FORMS = {
    "clf": "\n".join(CLF),
    "alb": "\n".join(ALB.format(time, f"203.0.113.{5 + n // 2}:{4000 + n}") for n, time in enumerate(TIMES)),
    "json": "\n".join(JSON.format(time, "10.0.0.9", f"203.0.113.{5 + n // 2}") for n, time in enumerate(TIMES)),
    "w3c": W3C,
    "haproxy": HAPROXY,
    "syslog": "\n".join(f"Mar  3 12:00:00 web nginx: {text}" for text in CLF),
}
VISITORS = re.compile(r"192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|2001:4860|isp\.example|ada\.byron")


def read(folder: Path, files: dict[str, bytes], **settings: object) -> tuple[ParseResult, bytes]:
    """What the source makes of the files, and the bytes that would be landed."""
    folder.mkdir(exist_ok=True)
    for name, body in files.items():
        (folder / name).write_bytes(body)
    given = AccessLogSettings(type="access_log", path=str(folder), **settings)  # type: ignore[arg-type]
    source = AccessLog("web", given, Place(LONDON))
    pages = list(source.fetch(ASKED, NOW, quick_session()))
    return source.parse(pages), b"\n".join(page.body for page in pages)


def figures(parsed: ParseResult) -> pd.DataFrame:
    return parsed.observations.drop(columns="origin").sort_values(["metric", "start"], ignore_index=True)


@pytest.mark.parametrize("visits", ["hour_slice", "idle_30min"])
@pytest.mark.parametrize("client", [{}, {"from": "first_forwarded"}, {"trusted": ["10.0.0.0/8"]}])
@pytest.mark.parametrize("form", FORMS)
def test_a_kept_log_names_nobody_and_gives_the_same_figures(
    tmp_path: Path, form: str, client: dict[str, object], visits: str
) -> None:
    files = {"access.log": FORMS[form].encode() + b"\n"}
    plain, _ = read(tmp_path / "a", files, client=client, visits=visits)
    masked, landed = read(tmp_path / "b", files, client=client, visits=visits, keep_raw=True)
    assert not VISITORS.search(landed.decode())
    assert len(plain.observations) >= 4
    pd.testing.assert_frame_equal(figures(plain), figures(masked))


def test_versions_and_own_proxies_stay(tmp_path: Path) -> None:
    client = {"trusted": ["10.0.0.0/8"]}
    landed = read(tmp_path / "b", {"access.log": "\n".join(CLF).encode()}, client=client, keep_raw=True)[1].decode()
    for kept in ("/v/1.2.3.4/?ip=2001:db8:", "Chrome/141.0.0.0", "10.0.0.1, 2001:db8:", "Firefox/140.0"):
        assert kept in landed


def pseudonyms_of(lines: Sequence[str], secret: bytes = b"k" * 32) -> list[str]:
    source = AccessLog("web", AccessLogSettings(type="access_log", path="logs"), Place(LONDON))
    body = LogPseudonyms(LONDON, secret=secret).replace_in("a", "\n".join(lines).encode(), source._reader())
    return [text.partition(" ")[0] for text in body.decode().splitlines()]


def test_a_pseudonym_holds_for_one_local_day_and_one_pull() -> None:
    lines = [line(f"0{day}/Jul/2026:{time} +0000") for day, time in ((1, "12:00:00"), (1, "22:59:59"), (1, "23:00:00"))]
    first, same_day, next_day = pseudonyms_of(lines)  # the third is past midnight in London
    assert first == same_day != next_day
    assert pseudonyms_of(lines, b"other" * 7)[0] != first
    assert pseudonyms_of([line(agent=PERSON, client="192.0.2.8")]) != pseudonyms_of([line(client="192.0.2.7")])


def test_the_key_is_new_for_each_pull(tmp_path: Path) -> None:
    files = {"access.log": CLF[0].encode()}
    assert read(tmp_path / "a", files, keep_raw=True)[1] != read(tmp_path / "a", files, keep_raw=True)[1]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_a_packed_log_is_kept_packed(tmp_path: Path, pack: object) -> None:
    body = pack("\n".join(CLF).encode())  # type: ignore[operator]
    parsed, landed = read(tmp_path / "a", {"access.log.gz": body}, keep_raw=True)
    assert not VISITORS.search(gzip.decompress(landed).decode())
    pd.testing.assert_frame_equal(figures(parsed), figures(read(tmp_path / "b", {"access.log.gz": body})[0]))


def test_a_line_of_two_files_still_counts_once(tmp_path: Path) -> None:
    files = {"access.log": "\n".join(CLF).encode(), "access.log.1": "\n".join(CLF[:5]).encode()}
    assert any("two files" in note for note in read(tmp_path / "a", files, keep_raw=True)[0].notes)


def test_a_plan_may_keep_the_addresses_as_logged(tmp_path: Path) -> None:
    files = {"access.log": CLF[0].encode()}
    assert b"192.0.2.7" in read(tmp_path / "a", files, keep_raw=True, raw_addresses="as_logged")[1]
