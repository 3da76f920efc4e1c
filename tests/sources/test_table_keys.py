"""Rows and files of one key, totals among their parts, spellings of one name: what counts, and what is refused."""

import re
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from sources.contract import ParseResult, Place, RawPage
from sources.files.entity_names import best_spelling, folded, is_total, spellings
from sources.footfall.source import Footfall
from sources.measures.source import Measures
from warehouse.errors import ShapeError
from warehouse.schema import Window

NOW = datetime(2026, 10, 1, tzinfo=UTC)
EVER = Window(date(1900, 1, 1), date(2026, 10, 1))
WIDE = {"layout": "wide", "columns": {"entity": "Branch"}, "date_formats": ["%Y-%m"], "period": "month"}
LONG = {
    "layout": "long",
    "columns": {"entity": "Branch", "date": "Month", "value": "Visits"},
    "date_formats": ["%Y-%m"],
    "period": "month",
}
LOG = {
    "columns": {"date": "Month"},
    "date_formats": ["%Y-%m"],
    "measures": {"n": {"column": "Attendances", "unit": "attendances"}},
}
TRAINING = "Month,Session,Attendances\n2026-01,Citing,12\n2026-01,Searching,12\n2026-02,Citing,5\n"


def parse(
    kind: type[Footfall] | type[Measures], settings: dict[str, Any], *texts: str, names: tuple[str, ...] = ()
) -> ParseResult:
    name = {Footfall: "footfall", Measures: "measures"}[kind]
    source = kind(
        "s", kind.Settings.model_validate({"type": name, "path": "x.csv", **settings}), Place(ZoneInfo("UTC"))
    )
    files = names or tuple(f"{at}.csv" for at in range(len(texts)))
    pages = [
        RawPage("s", EVER, at, name, 200, NOW, text.encode())
        for at, (name, text) in enumerate(zip(files, texts, strict=True))
    ]
    return source.parse(pages)


def values(parsed: ParseResult) -> dict[tuple[str, str], float]:
    return {(row.entity, f"{row.start:%Y-%m}"): row.value for row in parsed.observations.itertuples()}


def months(*numbers: float, name: str = "Visits") -> str:
    return f"Month,{name}\n" + "".join(f"2026-{at:02},{number}\n" for at, number in enumerate(numbers, 1))


def test_two_events_of_one_month_are_refused_until_the_plan_says_that_they_add_up() -> None:
    refused = parse(Measures, LOG | {"ignore": ["Session"]}, TRAINING)
    assert values(refused) == {("", "2026-02"): 5}
    assert all("'rows: add'" in action for action in refused.refused["action"])
    added = parse(Measures, LOG | {"ignore": ["Session"], "rows": "add"}, TRAINING)
    assert values(added) == {("", "2026-01"): 24, ("", "2026-02"): 5}
    assert added.observations["origin"].iloc[0] == "0.csv, row 2, column 'Attendances' and more"


def test_an_event_that_cannot_be_read_leaves_its_month_unknown() -> None:
    added = parse(
        Measures, LOG | {"ignore": ["Session"], "rows": "add"}, TRAINING.replace("Searching,12", "Searching,many")
    )
    assert values(added) == {("", "2026-02"): 5}


def test_two_rows_alike_of_a_log_may_be_two_events() -> None:
    log = "Month,Attendances\n2026-01,12\n2026-01,12\n"
    assert parse(Measures, LOG, log).observations.empty
    assert values(parse(Measures, LOG | {"rows": "add"}, log)) == {("", "2026-01"): 24}


def test_two_doors_of_a_branch_in_one_hour_are_no_copies() -> None:
    settings = LONG | {"columns": {"entity": "Branch", "date": "Month", "value": "Visits"}}
    text = "Branch,Door,Month,Visits\nHill,A,2026-01,10\nHill,B,2026-01,10\n"
    assert parse(Footfall, settings, text).observations.empty
    assert values(parse(Footfall, settings | {"rows": "add"}, text)) == {("Hill", "2026-01"): 20}


def test_files_of_two_branches_are_refused_until_the_plan_says_what_they_are() -> None:
    log = LOG | {"measures": {"n": {"column": "Visits", "unit": "visits"}}}
    files, names = (months(1000, 1010, 1020), months(50, 51, 52)), ("visits/central.csv", "visits/hill.csv.gz")
    refused = parse(Measures, log, *files, names=names)
    assert refused.observations.empty
    assert "two files have it: 1000 in visits/central.csv" in refused.refused["reason"].iloc[0]
    assert values(parse(Measures, log | {"files": "add"}, *files)) == {
        ("", f"2026-0{at + 1}"): 1050 + 11 * at for at in range(3)
    }
    assert values(parse(Measures, log | {"files": "latest"}, *files)) == {
        ("", f"2026-0{at}"): 49 + at for at in (1, 2, 3)
    }
    branches = parse(Measures, log | {"files": "branches"}, *files, names=("visits/central.csv", "visits/hill.csv"))
    assert set(branches.observations["entity"]) == {"central", "hill"}
    assert branches.observations["value"].sum() == 3030 + 153


LOANS = (
    "Branch,Month,Type,Visits\n"
    "Hill,2026-01,Loan,30\nHill,2026-01, RENEWAL ,9\nHill,2026-02,Loan,31\nHill,2026-02,Fine,4\n"
)


REGIONS = (
    "Branch,2026-01,2026-02,2026-03\nCentral,600,610,590\nHill,400,380,420\nNorth,{first},990,1010\nSea,60,70,80\n"
)


def test_a_row_that_is_the_sum_of_those_before_it_is_asked_about() -> None:
    """The subtotal of a region would count its branches twice, though one month was corrected since."""
    for first in (1000, 1001):
        with pytest.raises(ShapeError, match="'North' is in every period the sum of those before it"):
            parse(Footfall, WIDE, REGIONS.format(first=first))
    assert len(parse(Footfall, WIDE, REGIONS.format(first=1001).replace("990", "991")).observations) == 12
    kept = WIDE | {"rename": {"North": "North"}}
    assert len(parse(Footfall, kept, REGIONS.format(first=1000)).observations) == 12, (
        "the plan says that it is a branch"
    )
    alike = "Branch,2026-01,2026-02,2026-03\nClosed,0,0,0\nCentral,600,610,590\nHill,600,610,590\n"
    assert len(parse(Footfall, WIDE, alike).observations) == 9, "equal to one part, which is no sum"
    seats = "Branch,2026-01,2026-02,2026-03\nCentral,10,10,10\nHill,10,10,10\nQuay,20,20,20\nMill,15,15,15\n"
    assert len(parse(Footfall, WIDE, seats).observations) == 12, "what never changes tells the same each month"
    round_numbers = "Branch,2026-01,2026-02,2026-03\nCentral,900,900,945\nHill,600,600,630\nMill,300,300,315\n"
    assert len(parse(Footfall, WIDE, round_numbers).observations) == 9, "3 = 2 + 1 comes by chance"
    small = "Branch,2026-01,2026-02,2026-03\nA,1,2,1\nB,1,1,2\nC,2,3,3\nD,9,8,7\n"
    assert len(parse(Footfall, WIDE, small).observations) == 12, "small counts agree by chance"


@pytest.mark.parametrize(
    "last", ["1000,990,,1000", "1000,990,1001,1000"], ids=["a part is missing", "a part was corrected"]
)
def test_a_sum_that_disagrees_once_is_still_a_sum(last: str) -> None:
    text = f"Branch,2026-01,2026-02,2026-03,2026-04\nCentral,600,610,590,550\nHill,400,380,410,450\nSystem,{last}\n"
    if last.startswith("1000,990,,"):
        text = text.replace("590", "").replace(",,1000", ",1000,1000")
    with pytest.raises(ShapeError, match="'System' is in every period the sum of all the others, or nearly so"):
        parse(Footfall, WIDE, text)


def test_files_that_share_one_month_and_differ_in_it_are_asked_about() -> None:
    log = LOG | {"measures": {"n": {"column": "Visits", "unit": "visits"}}}
    parsed = parse(Measures, log, months(610), months(380), names=("visits/central.csv", "visits/hill.csv"))
    assert parsed.observations.empty
    assert "files" in parsed.refused["action"].iloc[0]
    assert values(parse(Measures, log | {"files": "latest"}, months(610), months(380))) == {("", "2026-01"): 380}


def test_rows_are_chosen_by_what_stands_in_a_column() -> None:
    """A second dimension: 30 and 31 loans, 9 renewals, and 39 of both in January."""
    loans = parse(Footfall, LONG | {"where": {"Type": ["loan"]}}, LOANS)
    assert values(loans) == {("Hill", "2026-01"): 30, ("Hill", "2026-02"): 31}
    assert "2 of 4 rows are left out by 'where'" in loans.notes
    assert values(parse(Footfall, LONG | {"where": {"Type": ["Renewal"]}}, LOANS)) == {("Hill", "2026-01"): 9}
    both = parse(Footfall, LONG | {"where": {"Type": ["Loan", "Renewal"]}, "rows": "add"}, LOANS)
    assert values(both) == {("Hill", "2026-01"): 39, ("Hill", "2026-02"): 31}


def test_a_choice_that_nothing_meets_is_an_error_and_one_that_is_partly_met_is_told() -> None:
    with pytest.raises(
        ShapeError, match=r"no row has what 'where' asks for \(Type: Loans\); 'Type' has 'Loan', 'RENEWAL'"
    ):
        parse(Footfall, LONG | {"where": {"Type": ["Loans"]}}, LOANS)
    with pytest.raises(ShapeError, match=r"there is no column 'Kind'.*correct 'where'"):
        parse(Footfall, LONG | {"where": {"Kind": ["Loan"]}}, LOANS)
    partly = parse(Footfall, LONG | {"where": {"Type": ["Loan", "Visit"]}}, LOANS)
    assert "no row has 'Visit' in column 'Type', which 'where' asks for" in partly.notes


def test_a_newer_delivery_that_restates_a_few_values_still_replaces() -> None:
    log = LOG | {"measures": {"n": {"column": "Visits", "unit": "visits"}}}
    parsed = parse(Measures, log, months(10, 20, 30, 4), months(10, 20, 31, 40))
    assert values(parsed) == {("", "2026-01"): 10, ("", "2026-02"): 20, ("", "2026-03"): 31, ("", "2026-04"): 40}


@pytest.mark.parametrize(
    "name",
    [
        "Total",
        "GESAMT",
        "Summe:",
        "All branches",
        "Grand Total",
        "Totale",
        "Σ",
        "Last year",
        "Zielwert",
        "Max",
        "davon Kinder",
    ],
)
def test_a_row_that_is_called_a_total_is_asked_about(name: str) -> None:
    text = f"Branch,2026-01\nCentral,600\nHill,400\n{name},1000\n"
    with pytest.raises(ShapeError, match=f"'{re.escape(name)}' looks like a total.*skip"):
        parse(Footfall, WIDE, text)
    long = f"Branch,Month,Visits\nCentral,2026-01,600\n{name},2026-01,600\n"
    with pytest.raises(ShapeError, match="looks like a total"):
        parse(Footfall, LONG, long)
    assert len(parse(Footfall, WIDE | {"skip": {"Branch": [name]}}, text).observations) == 2


def test_a_row_that_is_the_sum_of_the_others_is_asked_about_whatever_its_name() -> None:
    text = "Branch,2026-01,2026-02,2026-03\nCentral,600,601,602\nHill,400,401,403\nSystem,1000,1002,{last}\n"
    with pytest.raises(ShapeError, match="'System' is in every period the sum of all the others"):
        parse(Footfall, WIDE, text.format(last=1005))
    assert len(parse(Footfall, WIDE, text.format(last=1006).replace("1002", "1003")).observations) == 9


def test_spellings_of_a_name_are_one_and_noted() -> None:
    text = "Branch,Month,Visits\nCentral,2026-01,1\nCENTRAL,2026-02,2\nCentral*,2026-03,3\n"
    text += "Hill Top,2026-01,4\nHill\u200b Top,2026-02,5\n"
    parsed = parse(Footfall, LONG, text)
    assert set(parsed.observations["entity"]) == {"Central", "Hill Top"}
    assert "values of 'CENTRAL' counted as 'Central': 1" in parsed.notes
    assert "values of 'Central*' counted as 'Central': 1" in parsed.notes


def test_spellings_with_values_of_the_same_month_are_asked_about() -> None:
    text = "Branch,Month,Visits\nCentral,2026-01,1\nCENTRAL,2026-01,2\nCENTRAL,2026-02,3\n"
    parsed = parse(Footfall, LONG, text)
    assert values(parsed) == {("Central", "2026-01"): 1}
    assert "rename: {CENTRAL: Central}" in parsed.refused["action"].iloc[0]
    apart = parse(Footfall, LONG | {"rename": {"CENTRAL": "CENTRAL"}}, text)
    assert values(apart) == {("Central", "2026-01"): 1, ("CENTRAL", "2026-01"): 2, ("CENTRAL", "2026-02"): 3}
    assert len(parse(Footfall, LONG | {"rename": {"CENTRAL": "Central"}}, text).refused) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("St. Mary", "St Mary"),
        ("St John’s", "St John's"),
        ("Nord–Süd", "nord-süd"),
        ("Café", "Cafe\u0301"),
        ("Hill ²", "Hill"),
    ],
)
def test_names_that_people_write_differently_fold(one: str, other: str) -> None:
    assert folded(one) == folded(other)
    assert [best_spelling(group) for group in spellings([one, one, other])]


@pytest.mark.parametrize("name", ["Hill", "Totton", "Summer Road", "Allerton", "Ensemble Hall", "Hill 2"])
def test_a_branch_is_no_total(name: str) -> None:
    assert not is_total(name)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"files": "branches", **WIDE}, "takes the branch from the file's name"),
        ({"rows": "add", "values": "readings", **LONG}, "do not add up"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        parse(Footfall, settings, "")


@pytest.mark.parametrize("text", ["Month,Visits\n2026-01,1.250\n", "Month;Visits\n2026-01;1.250\n2026-02;987\n"])
def test_a_dot_that_may_mark_thousands_is_asked_about(text: str) -> None:
    log = LOG | {"measures": {"n": {"column": "Visits", "unit": "visits"}}}
    parsed = parse(Measures, log, text)
    assert "'1.250' may be 1250 or 1.25" in parsed.refused["reason"].item()
    assert values(parse(Measures, log | {"thousands": ".", "decimal": ","}, text))["", "2026-01"] == 1250
    assert values(parse(Measures, log | {"decimal": "."}, text))["", "2026-01"] == 1.25


@pytest.mark.parametrize("proof", ["12.5", "0.125", "1000.125"])
def test_a_number_that_can_only_have_decimals_tells_what_the_dot_marks(proof: str) -> None:
    log = LOG | {"measures": {"n": {"column": "Visits", "unit": "visits"}}}
    assert values(parse(Measures, log, f"Month,Visits\n2026-01,1.250\n2026-02,{proof}\n"))["", "2026-01"] == 1.25


def of_branches(**files: str) -> ParseResult:
    settings = LONG | {"files": "branches", "columns": {"date": "Month", "value": "Visits"}}
    names = tuple(f"{name.replace('_', ' ')}.csv" for name in files)
    return parse(Footfall, settings, *files.values(), names=names)


def test_a_file_of_all_branches_is_no_further_branch() -> None:
    central, hill = months(10, 20, 31), months(4, 5, 6)
    with pytest.raises(ShapeError, match="'All branches' looks like a total"):
        of_branches(All_branches=months(14, 25, 37), Central=central, Hill=hill)
    with pytest.raises(ShapeError, match="'System' is in every period the sum"):
        of_branches(Central=months(100, 200, 310), Hill=months(40, 50, 60), System=months(140, 250, 370))
    assert of_branches(Central=central, Hill=hill).observations["value"].sum() == 76


def test_the_copy_of_a_branchs_file_is_no_further_branch() -> None:
    """A browser names a second download 'Central (1)', a file manager a copy 'Central - Copy'."""
    with pytest.raises(ShapeError, match=r"'Central \(1\)' has the same values as 'Central'"):
        of_branches(**{"Central": months(10, 20, 31), "Central (1)": months(10, 20, 31, 4)})
    assert of_branches(Central=months(10, 20, 31), Hill=months(10, 20, 32)).observations["value"].sum() == 123
    assert of_branches(Closed=months(0, 0, 0), Hill=months(0, 0, 0)).observations["value"].sum() == 0


@pytest.mark.parametrize("name", ["TOTAL (all)", "Total visits", "City total", "Average", "Durchschnitt"])
def test_a_name_that_speaks_of_a_total_or_an_average_is_one(name: str) -> None:
    assert is_total(name)


def test_a_share_without_a_sign_beside_percentages_is_asked_about() -> None:
    """0.85 is 85 % in a workbook and 0.85 % beside 85%: 100 times as much."""
    spec = {"measures": {"n": {"column": "Share", "unit": "percent", "kind": "reading"}}, "percent": True}
    text = "Month,Share\n2026-01,85%\n2026-02,0.85\n2026-03,86\n2026-04,0\n"
    parsed = parse(Measures, LOG | spec, text)
    assert values(parsed) == {("", "2026-01"): 85, ("", "2026-03"): 86, ("", "2026-04"): 0}
    assert list(parsed.refused["reason"]) == ["'0.85' may be 0.85 % or 85 %: others of the column have a sign"]
    assert values(parse(Measures, LOG | spec, text.replace("85%", "85")))["", "2026-02"] == 0.85


def test_intervals_that_overlap_do_not_count_twice() -> None:
    """10:00 to 12:00 lies within 09:00 to 17:00: its 30 people may be among the 100."""
    columns = {"start": "From", "end": "To", "value": "In"}
    spans = {"layout": "long", "columns": columns, "date_formats": ["%Y-%m-%d %H:%M"]}
    text = "From,To,In\n2026-09-05 09:00,2026-09-05 17:00,100\n2026-09-05 10:00,2026-09-05 12:00,30\n"
    text += "2026-09-05 17:00,2026-09-05 18:00,5\n"
    parsed = parse(Footfall, spans | {"entity": "Hall"}, text)
    assert parsed.observations["value"].tolist() == [105]
    assert "overlaps that of 0.csv, row 2" in parsed.refused["reason"].iloc[0]
    assert parsed.observations["flags"].tolist() == [("incomplete",)]
    events = parse(Footfall, spans | {"entity": "Hall", "rows": "add"}, text)
    assert events.observations["value"].tolist() == [135]


@pytest.mark.parametrize("total", ["Total", "Grand total", "Gesamt", "Somme", "All branches"])
def test_one_branch_beside_its_total_is_asked_about_by_the_word(total: str) -> None:
    rows = f"Branch,2026-01,2026-02\nCentral,30,41\n{total},30,41\n"
    columns = f"Month,Central,{total}\n2026-01,30,30\n2026-02,41,41\n"
    long = "Branch,Month,Visits\n" + "".join(
        f"{name},2026-0{at},{at}0\n" for at in (1, 2) for name in ("Central", total)
    )
    for settings, text in ((WIDE, rows), (WIDE | {"columns": {"date": "Month"}}, columns), (LONG, long)):
        with pytest.raises(ShapeError, match=f"'{total}' looks like a total"):
            parse(Footfall, settings, text)


def test_two_branches_with_equal_values_are_two_branches() -> None:
    assert len(values(parse(Footfall, WIDE, "Branch,2026-01,2026-02\nCentral,30,41\nHill,30,41\n"))) == 4
