"""The results of the checks of a pull, as the ledger of pulls keeps them."""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

import pandas as pd

from warehouse.schema import PUBLISHED_CHECKS, PULLS
from warehouse.tables import Tables, sql_literal


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check of the rows of a pull.

    ``expectation``: what is expected of every row; ``expectation_type``: its name in Great Expectations, "" for a check
    of our own; ``rows``: how many were checked; ``failed``: how many of them failed.
    """

    expectation: str
    expectation_type: str
    rows: int
    failed: int


def results_as_json(results: Sequence[CheckResult]) -> str | None:
    """The results as one JSON text; None for no result."""
    return json.dumps([asdict(result) for result in results]) if results else None


def newest_results(tables: Tables, sources: Collection[str]) -> pd.DataFrame:
    """The results of each source's newest pull that brought rows, even of a refused one.

    Columns of the published checks, in the order of ``sources``.
    """
    pulls = tables.read(PULLS, "checks IS NOT NULL", ["pull_id", "source", "recorded_at"]).to_pylist()
    newest = {
        pull["source"]: pull
        for pull in sorted(pulls, key=lambda pull: pull["recorded_at"])
        if pull["source"] in sources
    }
    ids = ", ".join(sql_literal(pull["pull_id"]) for pull in newest.values()) or "''"
    texts = tables.read(PULLS, f"pull_id IN ({ids})", ["pull_id", "checks"]).to_pylist()
    results = {row["pull_id"]: json.loads(row["checks"]) for row in texts}
    rows = [newest[name] | result for name in sources if name in newest for result in results[newest[name]["pull_id"]]]
    found = pd.DataFrame(rows, columns=PUBLISHED_CHECKS.names)
    return found.assign(expectation_type=found["expectation_type"].where(found["expectation_type"] != "", None))
