"""The terminal pictures of the README show what the program prints today, and fetch nothing."""

import html
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the recording needs a pseudo-terminal")


@pytest.fixture(scope="module")
def recording() -> ModuleType:
    spec = importlib.util.spec_from_file_location("recording", DOCS / "recording.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pictured(number: int) -> str:
    """The words of a picture, with single blanks."""
    svg = (DOCS / "images" / f"add-{number}.svg").read_text(encoding="utf-8")
    lines = re.findall(r"<text [^>]*clip-path[^>]*>(.*?)</text>", svg)
    return " ".join(html.unescape(" ".join(lines)).split())


@pytest.mark.slow
def test_the_pictures_are_what_the_program_prints(recording: ModuleType) -> None:
    parts = recording.parts(recording.transcript())
    assert len(parts) == 3
    for number, part in enumerate(parts, 1):
        words = " ".join(re.sub(r"\x1b\[[0-9;]*m", "", part).split())
        assert pictured(number).removeprefix("$ kmi add visits.csv ") == words, "run 'python docs/recording.py'"


def test_the_pictures_fetch_nothing() -> None:
    for path in sorted((DOCS / "images").glob("*.svg")):
        text = path.read_text(encoding="utf-8")
        assert "url(http" not in text
        assert "@font-face" not in text
        assert set(re.findall(r"https?://[^\"' )<]+", text)) <= {
            "http://www.w3.org/2000/svg",
            "https://www.textualize.io",
        }
