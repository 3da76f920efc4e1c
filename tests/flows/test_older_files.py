"""What an older version published is still shown; what was added since is said to be unknown."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from click.testing import CliRunner

from flows.cli import main


def test_sources_of_an_older_version_are_shown(tmp_path: Path) -> None:
    (tmp_path / "published").mkdir()
    older = {
        "source": ["gates"],
        "type": ["footfall"],
        "last_success_at": [None],
        "data_through": [date(2026, 1, 31)],
        "fresh": [True],
    }
    table = pa.table({**older, "rows": [10], "refused": [0], "last_error": ["the disk was full"]})
    pq.write_table(table, tmp_path / "published" / "sources.parquet")
    done = CliRunner().invoke(main, ["status", "--warehouse", str(tmp_path), "--sources"])
    assert (done.exit_code, done.stderr) == (0, "")
    assert "the disk was full" in done.stdout
    assert "run kmi once more to learn it" in done.stdout


def test_a_file_that_an_older_version_did_not_write_is_named(tmp_path: Path) -> None:
    (tmp_path / "published").mkdir()
    pq.write_table(pa.table({"source": ["gates"]}), tmp_path / "published" / "sources.parquet")
    done = CliRunner().invoke(main, ["status", "--warehouse", str(tmp_path)])
    assert done.exit_code == 2
    assert "an older version published here, without verdicts.parquet: run 'kmi run' once" in done.stderr
