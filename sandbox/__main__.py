"""``python -m sandbox``: write the files, serve the providers, stop with Ctrl-C."""

import argparse
import signal
import sys
import threading
from datetime import date, datetime
from pathlib import Path

from sandbox.days import ZONE
from sandbox.files import write_files
from sandbox.secrets import SECRETS
from sandbox.server import serve


def main() -> None:
    """Print the address on its own line and serve until stopped. Exit 2 for a day without history or a port in use."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox", description="Riverside Library's providers, simulated on this machine"
    )
    parser.add_argument("--folder", type=Path, default=None, help="where the sample files are written and stay")
    parser.add_argument(
        "--today",
        type=date.fromisoformat,
        default=datetime.now(ZONE).date(),
        help="the history ends the day before (YYYY-MM-DD)",
    )
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument(
        "--environment", action="store_true", help="print what the providers accept, as lines for a shell, and end"
    )
    parser.add_argument("--seed", type=int, default=1, help="another seed, another history")
    options = parser.parse_args()
    if options.environment:
        print("\n".join(f"export {name}='{value}'" for name, value in SECRETS.items()))
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        if options.folder is not None:
            write_files(options.folder, options.today, options.seed)
        with serve(options.today, options.seed, options.port, options.folder) as sandbox:
            print(sandbox.url, flush=True)
            threading.Event().wait()
    except KeyboardInterrupt:
        pass
    except (ValueError, OSError, OverflowError) as problem:
        print(f"the sandbox cannot start: {problem}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
