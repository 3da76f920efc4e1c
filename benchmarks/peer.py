"""The forecasting library that ``forecast.py`` and ``probability.py`` are held against, in an environment of its
own."""

import subprocess
import venv
from pathlib import Path

PEER = "statsforecast==2.1.1"


def environment(folder: Path) -> str:
    """The Python of a new environment with the peer, from the package index that pip is set to."""
    venv.create(folder / "peer", with_pip=True)
    python = folder / "peer" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", PEER], check=True)
    return str(python)
