"""Logs of real servers, against a count of the requests that were sent to them."""

import http.client
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sources.access_log.source import AccessLog, AccessLogSettings
from sources.contract import ParseResult, Place, RawPage
from tests.log_lines import PERSON, ROBOT
from warehouse.schema import Window

READERS, SETTINGS = 5, {"only_html": True, "double_click_s": 0, "by_page": True}
PAGES = ("/", "/km/guide-1", "/f%C3%BChrungen/", "/f%c3%bchrungen/")

NGINX = """
daemon off; pid {folder}/pid; error_log {folder}/error.log; {user}
events {{}}
http {{
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  {form}
  access_log {folder}/access.log {name};
  server {{
    listen 127.0.0.1:{port}; default_type text/html;
    location = /missing {{ return 404; }}
    location / {{ return 200 "x"; }}
  }}
}}
"""
MAIN = (
    """log_format main '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent """
    """"$http_referer" "$http_user_agent" "$http_x_forwarded_for"';"""
)
JSON = (
    """log_format js escape=json '{"time_iso8601":"$time_iso8601","remote_addr":"$remote_addr","request_method":"""
    """"$request_method","request_uri":"$request_uri","status":"$status","http_user_agent":"$http_user_agent","""
    """"http_x_forwarded_for":"$http_x_forwarded_for"}';"""
)
APACHE = """
ServerRoot {folder}
ServerName localhost
PidFile {folder}/pid
Listen 127.0.0.1:{port}
ErrorLog {folder}/error.log
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so
DocumentRoot {folder}/www
RedirectMatch 404 ^/missing$
AliasMatch ^/ {folder}/www/index.html
<Directory {folder}/www>
  Require all granted
</Directory>
LogFormat "%h %{{X-Forwarded-For}}i %l %u %t \\"%r\\" %>s %b \\"%{{Referer}}i\\" \\"%{{User-Agent}}i\\"" forwarded
CustomLog {folder}/access.log forwarded
{user}
"""
LIGHTTPD = """
server.port = {port}
server.bind = "127.0.0.1"
server.document-root = "{folder}/www"
server.modules = ("mod_accesslog", "mod_rewrite", "mod_access")
accesslog.filename = "{folder}/access.log"
url.rewrite-once = ("^/missing$" => "/not-there", "^/.*$" => "/index.html")
mimetype.assign = (".html" => "text/html")
"""
HAPROXY = """
global
    log stdout format raw local0
defaults
    mode http
    log global
    option httplog {clf}
    option dontlognull
    timeout client 5s
    timeout server 5s
    timeout connect 5s
frontend web
    bind 127.0.0.1:{port}
    http-request return status 404 if {{ path /missing }}
    http-request return status 200 content-type text/html string x
"""
CADDY = """
{{
    admin off
}}
http://127.0.0.1:{port} {{
    log {{
        output file {folder}/access.log
    }}
    respond /missing 404
    respond 200
}}
"""


@dataclass(frozen=True)
class Server:
    """A server: its program, its file of settings, how it is started, and what its log can tell."""

    program: str
    config: str
    command: tuple[str, ...]
    form: str = ""
    name: str = ""
    writes_agents: bool = True
    writes_forwarded: bool = True


NGINX_COMMAND = ("nginx", "-c", "{config}", "-e", "{folder}/error.log")
SERVERS = {
    "nginx, with the list at the end": Server("nginx", NGINX, NGINX_COMMAND, MAIN, "main"),
    "nginx in JSON": Server("nginx", NGINX, NGINX_COMMAND, JSON, "js"),
    "apache, proxy and list first": Server("apache2", APACHE, ("apache2", "-X", "-f", "{config}")),
    "lighttpd": Server("lighttpd", LIGHTTPD, ("lighttpd", "-D", "-f", "{config}"), writes_forwarded=False),
    "haproxy in its own form": Server(
        "haproxy", HAPROXY, ("haproxy", "-db", "-f", "{config}"), writes_agents=False, writes_forwarded=False
    ),
    "haproxy in the common form": Server(
        "haproxy", HAPROXY, ("haproxy", "-db", "-f", "{config}"), "clf", writes_agents=False, writes_forwarded=False
    ),
    "caddy": Server("caddy", CADDY, ("caddy", "run", "--adapter", "caddyfile", "--config", "{config}")),
}


@contextmanager
def running(server: Server, folder: Path) -> Iterator[int]:
    """The port of a server that answers; it is stopped, and its log is whole, at the end."""
    if shutil.which(server.program, path="/usr/sbin:/usr/bin:/usr/local/bin:/bin") is None:
        pytest.skip(f"{server.program} is not installed here")
    (folder / "www").mkdir()
    (folder / "www/index.html").write_text("x", encoding="utf-8")
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    users = {"nginx": "user root;", "apache2": ""}
    values = {"folder": folder, "port": port, "form": server.form, "name": server.name, "clf": server.form}
    config = folder / "config"
    config.write_text(server.config.format(user=users.get(server.program, ""), **values), encoding="utf-8")
    command = [part.format(config=config, folder=folder) for part in server.command]
    paths = {"PATH": "/usr/sbin:/usr/bin:/usr/local/bin:/bin", "HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    with (folder / "stdout.log").open("wb") as out, (folder / "stderr.log").open("wb") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err, env=paths)
        try:
            _wait_for(port, process)
            yield port
        finally:
            process.terminate()
            process.wait(20)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(100):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            pytest.skip(f"the server does not start here (exit code {process.returncode})")
        time.sleep(0.1)
    pytest.skip("the server does not answer here")


def _wait_for_lines(log: Path, count: int) -> None:
    """A server may write its last lines after it has answered."""
    for _ in range(100):
        if log.read_bytes().count(b"\n") >= count:
            return
        time.sleep(0.1)


def send(port: int) -> None:
    """Each reader views every page twice, and asks for a style and for a page that is missing; a robot views one."""
    requests = [(f"198.51.100.{reader}", PERSON, path) for reader in range(READERS) for path in (*PAGES, *PAGES)]
    requests += [(f"198.51.100.{reader}", PERSON, path) for reader in range(READERS) for path in ("/a.css", "/missing")]
    requests += [("192.0.2.1", ROBOT, "/")] * 3
    for client, agent, path in requests:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", path, headers={"User-Agent": agent, "X-Forwarded-For": f"{client}, 10.0.0.1"})
        connection.getresponse().read()
        connection.close()


def read(path: Path, **settings: Any) -> ParseResult:
    source = AccessLog("web", AccessLogSettings(type="access_log", path="a", **settings), Place(ZoneInfo("UTC")))
    window = Window(date(2000, 1, 1), date(2100, 1, 1))
    return source.parse([RawPage("web", window, 0, path.name, 200, datetime.now(UTC), path.read_bytes())])


@pytest.mark.slow
@pytest.mark.parametrize("name", SERVERS)
def test_what_was_sent_to_a_real_server_is_what_its_log_is_read_to(name: str, tmp_path: Path) -> None:
    server = SERVERS[name]
    with running(server, tmp_path) as port:
        send(port)
        log = next(path for path in (tmp_path / "access.log", tmp_path / "stdout.log") if path.exists())
        _wait_for_lines(log, READERS * (2 * len(PAGES) + 2) + 3)
    zone = {"log_time_zone": time.tzname[0]} if server.program == "haproxy" and time.tzname[0] == "UTC" else {}
    parsed = read(log, **SETTINGS, client={"from": "first_forwarded"}, **zone)
    totals = parsed.observations.groupby("metric")["value"].sum().to_dict()
    robots = 3 if server.writes_agents else 0
    assert parsed.refused.empty
    assert totals["requests"] == READERS * (2 * len(PAGES) + 2) + 3
    assert totals["page_views"] == READERS * 2 * len(PAGES) + 3 - robots
    assert totals["robot_page_views"] == robots
    pages = parsed.observations.query("metric == 'page_views'").groupby("entity")["value"].sum().to_dict()
    views = READERS * 2
    assert pages == {"/": views + 3 - robots, "/km/guide-1": views, "/führungen/": 2 * views}
    readers = READERS if server.writes_forwarded else 1
    # The hour may end while the requests are sent, and then a visit becomes two.
    assert readers <= totals["visits"] <= 2 * readers
