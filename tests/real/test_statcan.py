"""The rule ``statcan`` against what Statistics Canada published: 379 series."""

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from flows.cli import main

TABLES = Path(__file__).resolve().parents[2].parent / "shared" / "tables" / "statcan"


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    if not TABLES.is_dir():
        pytest.skip("the published tables are not beside this checkout")
    return pd.read_csv(TABLES / "series_verdicts.csv")


@pytest.fixture(scope="module")
def judged(published: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    out = tmp_path_factory.mktemp("judged") / "out.csv"
    done = CliRunner().invoke(
        main, ["judge", str(TABLES / "series_verdicts.csv"), "--rule", "statcan", "--output", str(out)]
    )
    assert done.exit_code == 0, done.output
    return pd.read_csv(out)


def test_every_series_gets_the_published_value_score_and_status(published: pd.DataFrame, judged: pd.DataFrame) -> None:
    assert len(judged) == 379
    assert judged["label"].eq(published["status"]).all()
    pd.testing.assert_series_equal(judged["value"], published["progress_value"], atol=1e-9, rtol=0, check_names=False)
    pd.testing.assert_series_equal(judged["score"], published["score"], atol=1e-6, rtol=0, check_names=False)
