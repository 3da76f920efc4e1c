"""A real Chromium without a window, driven over https://chromedevtools.github.io/devtools-protocol/ ."""

import base64
import itertools
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
STARTS_WITHIN_S, ANSWERS_WITHIN_S = 60.0, 60.0


def installed() -> str | None:
    """The program, or None."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


@dataclass
class Browser:
    """One tab. ``console``: what the page or the browser wrote to it; ``requests``: every address requested."""

    socket: ClientConnection
    session: str = ""
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    loaded: bool = False

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self.numbers)
        session = {"sessionId": self.session} if self.session else {}
        self.socket.send(json.dumps({"id": number, "method": method, "params": params} | session))
        while True:
            message = json.loads(self.socket.recv(timeout=ANSWERS_WITHIN_S))
            if message.get("id") == number:
                assert "error" not in message, message
                return dict(message["result"])
            self._note(message)

    def _note(self, event: dict[str, Any]) -> None:
        method, params = event.get("method", ""), event.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method in {"Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"}:
            self.console.append(json.dumps(params))
        elif method == "Page.loadEventFired":
            self.loaded = True

    def open(self, path: Path) -> float:
        """Load a page from disk; seconds until it was loaded."""
        self.loaded, began = False, time.monotonic()
        self.call("Page.navigate", url=path.as_uri())
        while not self.loaded:
            self._note(json.loads(self.socket.recv(timeout=ANSWERS_WITHIN_S)))
        return time.monotonic() - began

    def value(self, expression: str) -> Any:
        """The value of a piece of script that the browser runs on the page."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def width(self, pixels: int, height: int = 900) -> None:
        self.call("Emulation.setDeviceMetricsOverride", width=pixels, height=height, deviceScaleFactor=1, mobile=False)

    def scheme(self, name: str) -> None:
        """Set the colour scheme, light or dark."""
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def press_tab(self) -> None:
        self.press("Tab", 9)

    def press(self, key: str, code: int) -> None:
        for kind in ("rawKeyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def picture(self) -> bytes:
        return base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"])

    def pdf(self) -> bytes:
        return base64.b64decode(self.call("Page.printToPDF", preferCSSPageSize=True)["data"])


@contextmanager
def chromium(program: str) -> Iterator[Browser]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        call = [program, *QUIET, "--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank"]
        process = subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            with connect(_address(Path(folder)), max_size=None, proxy=None) as socket:
                browser = Browser(socket)
                target = browser.call("Target.createTarget", url="about:blank")["targetId"]
                browser.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
                for domain in ("Page", "Network", "Log", "Runtime"):
                    browser.call(f"{domain}.enable")
                yield browser
        finally:
            process.terminate()
            process.wait(timeout=30)


def _address(folder: Path) -> str:
    """The address in the file that Chromium writes once it listens."""
    until = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < until:
        file = folder / "DevToolsActivePort"
        port_and_path = file.read_text().split() if file.exists() else []
        if len(port_and_path) == 2:
            return f"ws://127.0.0.1:{port_and_path[0]}{port_and_path[1]}"
        time.sleep(0.05)
    raise TimeoutError("Chromium did not start")


def barriers(browser: Browser) -> list[str]:
    """What axe-core finds on the open page by WCAG 2.2 AA and its own rules, with every detail open."""
    package = find_spec("axe_playwright_python")
    assert package is not None
    assert package.origin is not None
    axe = (Path(package.origin).parent / "axe.min.js").read_text(encoding="utf-8")
    browser.value(f"{axe}; document.querySelectorAll('details').forEach(one => one.open = true)")
    counts = "found => [found.passes.length, found.violations.map(one => one.id)]"
    passes, violations = browser.value(f"axe.run(document, {{runOnly: {RULES}}}).then({counts})")
    assert passes > 10, "the rules were tried"
    return list(violations)
