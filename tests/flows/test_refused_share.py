"""When a pull is refused whole: rows are compared with rows, and a small table bears a few faults."""

import pytest

from flows.steps.row_checks import _is_too_much


@pytest.mark.parametrize(
    ("refused", "rows", "is_refused"),
    [
        (36, 720, False),  # 5 % of the hours of a month, although 36 is more than its 30 days
        (145, 720, True),
        (4, 10, False),  # 40 % of ten rows, and no more than 20 % of twenty
        (5, 11, True),
        (1, 2, True),  # half of them
        (0, 0, False),
    ],
)
def test_a_share_is_that_of_rows_and_of_twenty_at_least(refused: int, rows: int, is_refused: bool) -> None:
    assert _is_too_much(refused, rows, 0.2) == is_refused


def test_a_limit_of_all_refuses_nothing() -> None:
    assert not _is_too_much(5, 5, 1)
