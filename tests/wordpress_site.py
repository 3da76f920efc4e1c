"""A WordPress of this system, on a database and a web server of its own, for as long as a test needs it."""

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CODE = Path("/usr/share/wordpress")
PROGRAMS = ("mariadb-install-db", "mariadbd", "php")
INDEX = """<?php
define('ABSPATH', __DIR__ . '/');
define('WP_USE_THEMES', true);
require '@CODE@/wp-blog-header.php';
"""
CONFIG = """<?php
define('DB_NAME', 'wordpress'); define('DB_USER', 'root'); define('DB_PASSWORD', '');
define('DB_HOST', '127.0.0.1:@DATABASE@'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
define('WP_HOME', '@URL@'); define('WP_SITEURL', '@URL@'); define('WP_CONTENT_DIR', __DIR__ . '/wp-content');
define('DISABLE_WP_CRON', true); define('WP_HTTP_BLOCK_EXTERNAL', true); define('AUTH_SALT', '@SALT@');
$table_prefix = 'wp_';
require_once ABSPATH . 'wp-settings.php';
"""
INSTALL = """<?php
define('ABSPATH', __DIR__ . '/');
define('WP_INSTALLING', true);
(new mysqli('127.0.0.1', 'root', '', '', @DATABASE@))->query('CREATE DATABASE wordpress');
require '@CODE@/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
function wp_new_blog_notification(...$unused) {}
function wp_install_defaults($user) {}
wp_install('Riverside', 'editor', 'editor@library.example', true, '', '@SALT@');
update_option('timezone_string', '@ZONE@');
update_option('permalink_structure', '');
switch_theme('plain');
"""
CALLS = """<?php
define('ABSPATH', __DIR__ . '/');
require '@CODE@/wp-load.php';
require ABSPATH . 'wp-admin/includes/taxonomy.php';
wp_set_current_user(1);
wp_defer_term_counting(true);
$results = [];
foreach (json_decode(stream_get_contents(STDIN), true) as [$function, $arguments]) {
    $result = $function(...$arguments);
    if (is_wp_error($result)) throw new Exception($result->get_error_message());
    $results[] = $result;
}
echo json_encode($results);
"""
EVENTS = """<?php
add_action('init', function () {
    register_post_type('event', ['public' => true, 'show_in_rest' => true, 'rest_base' => 'events']);
});
"""
THEME = "<!doctype html><html><head><?php wp_head(); ?></head><body><?php bloginfo('name'); ?></body></html>"
Call = tuple[str, list[Any]]


@dataclass(frozen=True)
class WordPressSite:
    """The address of a site, and its folder."""

    url: str
    folder: Path

    def call(self, *calls: Call) -> list[Any]:
        """The results of functions of WordPress, called by an editor: a name and the arguments of each."""
        return list(json.loads(_php(self.folder, "calls.php", json.dumps(calls))))


@contextmanager
def running_wordpress(folder: Path, zone: str) -> Iterator[WordPressSite]:
    """An empty site with plain permalinks, a custom type ``event`` and the time zone ``zone``; a skip where the
    system has no WordPress."""
    if not all(map(_program, PROGRAMS)) or not CODE.is_dir():
        packages = "wordpress mariadb-server php-cli php-mysql"
        pytest.skip(f"WordPress is not installed here (Debian: apt-get install {packages})")
    database, web = _free_port(), _free_port()
    values = {"CODE": str(CODE), "DATABASE": str(database), "URL": f"http://127.0.0.1:{web}", "ZONE": zone}
    _write_site(folder, values | {"SALT": secrets.token_hex()})
    with ExitStack() as running:
        running.enter_context(_database(folder, database))
        _php(folder, "install.php", "")
        listening = ["-d", "opcache.enable_cli=1", "-S", f"127.0.0.1:{web}", "-t", str(folder)]
        command = [_program("php"), *listening, str(folder / "index.php")]
        running.enter_context(_process(command, folder, web))
        yield WordPressSite(values["URL"], folder)


def _write_site(folder: Path, values: dict[str, str]) -> None:
    theme, plugins = folder / "wp-content/themes/plain", folder / "wp-content/mu-plugins"
    theme.mkdir(parents=True)
    plugins.mkdir()
    for name in ("wp-includes", "wp-admin", "wp-settings.php"):
        (folder / name).symlink_to(CODE / name)
    files = {
        folder / "index.php": INDEX,
        folder / "wp-config.php": CONFIG,
        folder / "install.php": INSTALL,
        folder / "calls.php": CALLS,
        plugins / "events.php": EVENTS,
        theme / "index.php": THEME,
        theme / "style.css": "/* Theme Name: plain */",
    }
    for path, text in files.items():
        filled = re.sub(r"@([A-Z]+)@", lambda match: values[match[1]], text)
        path.write_text(filled, encoding="utf-8")


def _program(name: str) -> str:
    """Its path, or nothing where it is not installed."""
    return shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/bin") or ""


def _free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return int(chosen.getsockname()[1])


@contextmanager
def _database(folder: Path, port: int) -> Iterator[None]:
    data = folder / "database"
    own = ["--no-defaults", f"--datadir={data}", *(["--user=root"] if os.geteuid() == 0 else [])]
    quick = ["--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync", "--innodb-log-file-size=8M"]
    made = [_program("mariadb-install-db"), *own, "--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run(made, check=True, capture_output=True)
    command = [_program("mariadbd"), *own, *quick, "--bind-address=127.0.0.1", f"--port={port}", "--socket=socket"]
    with _process(command, folder, port):
        yield


@contextmanager
def _process(command: list[str], folder: Path, port: int) -> Iterator[None]:
    """A server that answers on its port until the end."""
    output = folder / f"{Path(command[0]).name}.log"
    with output.open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        for _ in range(200):
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, output.read_text(encoding="utf-8")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(20)


def _php(folder: Path, script: str, given: str) -> str:
    done = subprocess.run(
        [_program("php"), str(folder / script)], input=given, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
