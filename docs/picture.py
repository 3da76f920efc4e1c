"""``python docs/picture.py`` makes docs/images/scorecard.png: the first page of the demo's scorecard, in Chromium."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

DOCS = Path(__file__).resolve().parent
DAY, WIDTH, HEIGHT = "2026-11-24", 1300, 860
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run")


def kmi(folder: Path, *words: str) -> None:
    call = [sys.executable, "-c", "from flows.cli import main; main()", *words]
    subprocess.run(call, cwd=folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  # our own program


def main() -> int:
    chromium = next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )
    if chromium is None:
        sys.stderr.write("install Chromium first\n")
        return 1
    target = DOCS / "images" / "scorecard.png"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kmi(folder, "demo", "--today", DAY)
        shot = folder / "shot.png"
        page = (folder / "kmi-demo" / "scorecard" / "index.html").as_uri()
        call = [chromium, *QUIET, f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={shot}", page]
        subprocess.run(call, check=True, capture_output=True)  # noqa: S603  # the browser, on a page that was just written
        Image.open(shot).convert("RGB").quantize(128, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
            target, optimize=True
        )
    sys.stdout.write(f"{target.relative_to(DOCS.parent)}: {target.stat().st_size:,} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
