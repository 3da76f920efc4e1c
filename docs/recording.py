"""``python docs/recording.py`` makes docs/images/add-1.svg to add-3.svg: ``kmi add visits.csv`` in a terminal.

The program runs in a real terminal of 80 columns, and the answers are typed into it.
"""

import io
import os
import pty
import re
import select
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME
from rich.text import Text

DOCS = Path(__file__).resolve().parent
NOW = "2026-11-24T06:00:00"
COLUMNS = 80
TYPED = (
    "Hill Library", "Europe/London", "1", "Visits to the library", "", "", "", "Head of user services", "21000",
    "2027-12-31", "",
)  # fmt: skip
"""The answers, in the order of the questions."""
CUTS = ("What is it called?", "Written into")
"""A new picture begins with the line that begins so."""
SEASON = (105, 100, 108, 98, 95, 90, 80, 78, 105, 115, 112, 85)
GATES = {"Central": (9000, 104), "Hill": (2400, 97), "Mill": (1500, 102)}
"""Visits in a usual month, and per cent from one year to the next."""
WAIT_S, LAST_S = 0.5, 120


def visits_csv() -> str:
    """Three gates in a column each, from January 2023 to October 2026."""
    lines = [",".join(("Month", *GATES))]
    for month in range(46):
        year, of_year = divmod(month, 12)
        row = [
            round(usual * SEASON[of_year] / 100 * (rise / 100) ** (year + of_year / 12) * (97 + month * 7 % 5) / 98)
            for usual, rise in GATES.values()
        ]
        lines.append(",".join((f"{2023 + year}-{of_year + 1:02d}", *map(str, row))))
    return "\n".join(lines) + "\n"


def recorded(folder: Path, command: Sequence[str], answers: Sequence[str]) -> str:
    """All that a terminal shows of the command, whose questions get the answers one by one."""
    process, terminal = pty.fork()
    if not process:
        os.chdir(folder)
        os.environ.update(COLUMNS=str(COLUMNS), TERM="xterm-256color")
        os.execv(sys.executable, [sys.executable, "-c", "from flows.cli import main; main()", *command[1:]])  # noqa: S606  # our own program
    shown, left, waited = b"", list(answers), 0.0
    while waited < LAST_S:
        if select.select([terminal], [], [], WAIT_S)[0]:
            waited = 0.0
            try:
                piece = os.read(terminal, 65536)
            except OSError:  # the program has ended
                break
            if not piece:
                break
            shown += piece
            continue
        waited += WAIT_S
        if left and shown.rstrip().endswith((b":", b"]")):
            os.write(terminal, f"{left.pop(0)}\n".encode())
    os.waitpid(process, 0)
    return shown.decode().replace("\r\n", "\n")


def transcript() -> str:
    """What the terminal shows of ``kmi add visits.csv``."""
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "visits.csv").write_text(visits_csv(), encoding="utf-8")
        return recorded(Path(name), ["kmi", "add", "visits.csv", "--now", NOW], TYPED)


def parts(shown: str) -> list[str]:
    """The text of each picture."""
    cuts = [shown.index(f"\n{cut}") + 1 for cut in CUTS]
    return [shown[first:until].strip("\n") for first, until in zip([0, *cuts], [*cuts, None], strict=True)]


def as_svg(text: str, number: int) -> str:
    """A terminal with this text. It uses the fonts of the reader's machine and fetches none."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(text), soft_wrap=False)
    svg = console.export_svg(title="kmi add visits.csv", theme=DEFAULT_TERMINAL_THEME, unique_id=f"add-{number}")
    return re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL).replace(
        "Fira Code", "ui-monospace, Menlo, Consolas"
    )


def main() -> int:
    for number, text in enumerate(parts(transcript()), 1):
        target = DOCS / "images" / f"add-{number}.svg"
        shown = f"$ kmi add visits.csv\n{text}" if number == 1 else text
        target.write_text(as_svg(shown, number), encoding="utf-8")
        sys.stdout.write(f"{target.relative_to(DOCS.parent)}: {target.stat().st_size:,} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
