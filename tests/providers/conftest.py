"""Which rows of the provider matrix are quick: a diagonal, on which each provider and each misbehaviour occurs."""

from pathlib import Path

import pytest

MATRIX = Path(__file__).with_name("test_matrix.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the rows off the diagonal as slow; ``make test-all`` runs the whole matrix."""
    rows: dict[str, list[pytest.Item]] = {}
    for item in items:
        if isinstance(item, pytest.Function) and item.path == MATRIX:
            rows.setdefault(item.callspec.params["provider"], []).append(item)
    for number, (_, of_provider) in enumerate(sorted(rows.items())):
        for row, item in enumerate(of_provider):
            if (row - number) % (len(of_provider) // 2):
                item.add_marker(pytest.mark.slow)
