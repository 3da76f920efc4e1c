"""Which units count from 0 to 100."""

import pytest

from plan.percent_unit import is_percent

PERCENT = ["%", "per cent", "Percent", " PCT ", "percentage", "pct.", "Prozent", "% of members", "per  cent of books"]
PERCENT += ["share in %", "Share (%)", "in per cent", "rate [%]"]
OTHER = ["", "articles", "visits", "share from 0 to 1", "percentage points", "per cent a year", "% change", "per mille"]
OTHER += ["percentile", "cents", "100"]


@pytest.mark.parametrize("unit", PERCENT)
def test_a_unit_of_per_cent_is_known_by_any_of_its_names(unit: str) -> None:
    assert is_percent(unit)


@pytest.mark.parametrize("unit", OTHER)
def test_another_unit_is_not_per_cent(unit: str) -> None:
    assert not is_percent(unit)
