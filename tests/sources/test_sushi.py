"""COUNTER reports: sums by hand, the exceptions of the code of practice by number, and what never becomes a 0.

The figures of Title 1, Item 1 and Platform 1 are those of the code's sample reports (Appendix G of release 5.1).
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from sources.contract import ParseResult, Place, RawPage
from sources.sushi.source import Sushi
from sources.web.session import Session
from tests.loopback import ReceivedRequest, Reply, serve
from warehouse.errors import ConfigError, KmiError, QuotaError, RefusedError, RetryableError, ShapeError
from warehouse.schema import DAY, Window

OCTOBER = Window(date(2026, 10, 1), date(2026, 11, 1))
WINDOW = Window(date(2026, 10, 20), date(2026, 11, 17))
LATE = datetime(2026, 12, 1, 6, tzinfo=UTC)
SECRETS = {"${env:CUSTOMER}": "4711-customer", "${env:REQUESTOR}": "0815-requestor", "${env:KEY}": "key/77+x"}
Json = dict[str, Any]


def source(url: str = "https://counter.example", **more: Any) -> Sushi:
    settings = {"type": "sushi", "url": url, "customer_id": "${env:CUSTOMER}", "api_key": "${env:KEY}"} | more
    return Sushi("usage", Sushi.Settings.model_validate(settings), Place(ZoneInfo("Europe/Berlin")))


def session(retries: int = 0) -> Session:
    return Session(SECRETS.__getitem__, retries=retries, backoff_s=0.001, timeout_s=(2, 2))


def exception(code: int, data: str = "", message: str = "As the code has it") -> Json:
    return {"Code": code, "Message": message, **({"Data": data} if data else {})}


def header(report: str = "PR", *exceptions: Json, **more: Any) -> Json:
    filters = {"Begin_Date": "2026-10-01", "End_Date": "2026-10-31"}
    found: Json = {"Release": "5.1", "Report_ID": report, "Institution_Name": "Mill", "Report_Filters": filters} | more
    return found | ({"Exceptions": list(exceptions)} if exceptions else {})


def row(data_type: str = "Journal", method: str | None = "Regular", access: str | None = None, **counts: Any) -> Json:
    """A row of release 5.1 with counts of October."""
    shown = {"Access_Method": method, "Access_Type": access}
    attributes = {name: value for name, value in shown.items() if value is not None}
    return {
        "Data_Type": data_type,
        **attributes,
        "Performance": {name: {"2026-10": value} for name, value in counts.items()},
    }


def item(*rows: Json, **names: Any) -> Json:
    return {"Platform": "Platform 1", **names, "Attribute_Performance": list(rows)}


def report(*items: Json, exceptions: Sequence[Json] = (), report: str = "PR", **more: Any) -> Json:
    return {"Report_Header": header(report, *exceptions, **more), "Report_Items": list(items)}


def parsed(
    document: Any, *, status: int = 200, at: datetime = LATE, window: Window = WINDOW, **more: Any
) -> ParseResult:
    body = json.dumps(document).encode()
    return source(**more).parse([RawPage("usage", window, 0, "https://counter.example/x", status, at, body)])


def values(found: ParseResult) -> dict[str, float]:
    frame = found.observations
    return {
        f"{metric} {entity}".strip(): value
        for metric, entity, value in zip(frame["metric"], frame["entity"], frame["value"], strict=True)
    }


def flags(found: ParseResult) -> set[tuple[str, ...]]:
    return set(found.observations["flags"])


def fetched(answer: Any, *, status: int = 200, retries: int = 0, headers: Json | None = None, **more: Any) -> Any:
    """The parsed result of what a server answers to the request for October, and the request."""
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    with serve(lambda _: Reply(body, status, headers or {})) as site:
        told = source(site.url, **more)
        pages = list(told.fetch(WINDOW, LATE, session(retries)))
    return told.parse(pages), site.received, pages


def failed(answer: Any, status: int = 200, **more: Any) -> KmiError:
    with pytest.raises(KmiError) as caught:
        fetched(answer, status=status, **more)
    return caught.value


# sums


def test_usage_is_summed_over_data_types_and_platforms() -> None:
    """Platform 1 of the sample: 877 article requests and 767 of films in the month, 658 + 575 unique ones."""
    found = parsed(
        report(
            item(
                row("Article", Total_Item_Requests=877, Unique_Item_Requests=658),
                row("Audiovisual", Total_Item_Requests=767, Unique_Item_Requests=575),
            ),
            item(row("Book", Total_Item_Requests=100, Unique_Item_Requests=90), Platform="Platform 2"),
        )
    )
    assert values(found) == {"Total_Item_Requests": 877 + 767 + 100, "Unique_Item_Requests": 658 + 575 + 90}
    assert flags(found) == {()}
    assert (found.covered, found.replaces, found.unanswered) == ((OCTOBER,), OCTOBER, ())
    assert any("added up over the platforms Platform 1, Platform 2" in note for note in found.notes)


def test_each_platform_is_a_series() -> None:
    found = parsed(
        report(item(row(Total_Item_Requests=3)), item(row(Total_Item_Requests=4), Platform="P2")),
        by="platform",
        metrics=["Total_Item_Requests"],
    )
    assert values(found) == {"Total_Item_Requests Platform 1": 3, "Total_Item_Requests P2": 4}


def test_text_and_data_mining_is_left_out_unless_the_plan_counts_it() -> None:
    both = report(item(row("Article", Total_Item_Requests=877), row("Article", "TDM", Total_Item_Requests=797)))
    assert values(parsed(both, metrics=["Total_Item_Requests"])) == {"Total_Item_Requests": 877}
    told = parsed(both, metrics=["Total_Item_Requests"], text_mining=True)
    assert values(told) == {"Total_Item_Requests": 877 + 797}


def test_a_row_without_access_method_counts_only_where_the_header_says_that_mining_was_left_out() -> None:
    unknown = [item(row(method=None, Total_Item_Requests=5))]
    refused = parsed(report(*unknown), metrics=["Total_Item_Requests"])
    assert values(refused) == {}, "5 may contain text and data mining"
    assert "text_mining: true" in refused.refused["action"][0]
    assert refused.covered == ()
    dates = {"Begin_Date": "2026-10-01", "End_Date": "2026-10-31"}
    filtered = report(*unknown, Report_Filters=dates | {"Access_Method": ["Regular"]})
    assert values(parsed(filtered, metrics=["Total_Item_Requests"])) == {"Total_Item_Requests": 5}


def test_data_types_and_access_types_choose_rows() -> None:
    titles = report(
        item(
            row("Book", access="Controlled", Total_Item_Requests=662),
            row("Book", access="Open", Total_Item_Requests=100),
            row("Journal", access="Controlled", Total_Item_Requests=7),
            Title="Title 1",
        ),
        report="TR",
    )
    chosen: Json = {"report": "tr", "metrics": ["Total_Item_Requests"]}
    assert values(parsed(titles, **chosen, data_types=["Book"])) == {"Total_Item_Requests": 762}
    assert values(parsed(titles, **chosen, access_types=["Controlled"])) == {"Total_Item_Requests": 669}
    typed = parsed(titles, **chosen, data_types=["Book"], access_types=["Open"])
    assert values(typed) == {"Total_Item_Requests": 100}


@pytest.mark.parametrize(("data_type", "reason"), [("", "does not name"), ("journal", "not one of the code's")])
def test_a_data_type_that_the_code_does_not_know_is_refused_where_types_are_chosen(data_type: str, reason: str) -> None:
    found = parsed(
        report(item(row(data_type, Total_Item_Requests=5), row("Journal", Total_Item_Requests=1))),
        data_types=["Journal"],
        metrics=["Total_Item_Requests"],
    )
    assert reason in found.refused["reason"][0]
    assert flags(found) == {("incomplete",)}


def test_titles_of_the_same_name_stay_apart_by_their_identifier() -> None:
    found = parsed(
        report(
            item(row(Total_Item_Requests=3), Title="Physics", Item_ID={"Print_ISSN": "0317-8471"}),
            item(row(Total_Item_Requests=4), Title="Physics", Item_ID={"Online_ISSN": "2049-3630"}),
            item(row(Total_Item_Requests=5), Title="", Item_ID={}),
            report="TR",
        ),
        report="tr",
        by="title",
        metrics=["Total_Item_Requests"],
    )
    name = "Total_Item_Requests Physics"
    assert values(found) == {f"{name} (0317-8471)": 3, f"{name} (2049-3630)": 4}
    assert list(found.refused["reason"]) == ["the row does not name its title"]


def test_items_lie_in_their_parents_and_components_do_not_count() -> None:
    """Item 3 of the sample lies in Title 1; the usage of its components is part of its own."""
    part = {"Attribute_Performance": [row("Article", Total_Item_Requests=9)], "Platform": "Platform 1"}
    inner = item(row("Book_Segment", Total_Item_Requests=662), Item="Item 3", Components=[part])
    document = report({"Title": "Title 1", "Items": [inner]}, report="IR")
    found = parsed(document, report="ir", by="item", metrics=["Total_Item_Requests"])
    assert values(found) == {"Total_Item_Requests Item 3": 662}
    assert any("components of items 1" in note for note in found.notes)


def test_a_row_that_comes_twice_counts_once_and_is_named() -> None:
    found = parsed(
        report(item(row(Total_Item_Requests=5), row(Total_Item_Requests=5))), metrics=["Total_Item_Requests"]
    )
    assert values(found) == {"Total_Item_Requests": 5}
    assert "twice" in found.refused["reason"][0]
    assert flags(found) == {("incomplete",)}
    assert found.covered == ()


@pytest.mark.parametrize("raw", [-1, 1.5, "many", None, True])
def test_what_is_not_a_count_is_refused_and_the_sum_says_so(raw: object) -> None:
    found = parsed(
        report(item(row(Total_Item_Requests=raw), row("Book", Total_Item_Requests=2))), metrics=["Total_Item_Requests"]
    )
    assert values(found) == {"Total_Item_Requests": 2}
    assert flags(found) == {("incomplete",)}
    assert list(found.refused["metric"]) == ["Total_Item_Requests"]


def test_a_metric_that_was_only_refused_is_not_0() -> None:
    assert values(parsed(report(item(row(Total_Item_Requests="?"))), metrics=["Total_Item_Requests"])) == {}


def test_a_metric_written_otherwise_makes_no_0() -> None:
    found = parsed(report(item(row(total_item_requests=8))), metrics=["Total_Item_Requests"])
    assert values(found) == {}
    assert "not a metric of the code" in found.refused["reason"][0]


def test_counts_of_other_months_and_metrics_are_passed_over_and_accounted_for() -> None:
    used = row(Total_Item_Requests=5, Total_Item_Investigations=9)
    used["Performance"]["Total_Item_Requests"]["2026-09"] = 4
    mined = row("Book", "TDM", Total_Item_Requests=1)
    found = parsed(report(item(used, mined, row("Report", Total_Item_Requests="x"))), metrics=["Total_Item_Requests"])
    assert values(found) == {"Total_Item_Requests": 5}
    told = (
        "of 5 counts 1 were used, 3 passed over (other metrics 1, other months 1, text and data mining 1) and 1 refused"
    )
    assert f"2026-10: {told}" in found.notes
    assert found.rows_read == 4
    assert len(found.refused) == 1


def test_a_metric_that_comes_twice_in_a_row_of_release_5_counts_once_and_is_named() -> None:
    again = period(Total_Item_Requests=5, Unique_Item_Requests=4)
    found = parsed(release_5(item_5(period(Total_Item_Requests=5), again)), release="5", report="tr")
    assert values(found) == {"Total_Item_Requests": 5, "Unique_Item_Requests": 4}
    assert list(found.observations["flags"]) == [("incomplete",), ()]


def test_a_key_that_comes_twice_is_another_shape() -> None:
    """JSON readers keep the last value without a word."""
    body = json.dumps(report(item(row(Total_Item_Requests=5)))).replace('"2026-10": 5', '"2026-10": 5, "2026-10": 7')
    assert "holds '2026-10' twice" in str(failed(body.encode()))


def test_what_is_not_read_whole_drops_nothing_that_is_stored() -> None:
    found = parsed(report(item(row(Total_Item_Requests="?", Unique_Item_Requests=4))), by="platform")
    assert values(found) == {"Unique_Item_Requests Platform 1": 4}
    assert (found.covered, found.replaces) == ((), None)


# release 5


def release_5(*items: Json, report: str = "TR", **more: Any) -> Json:
    filters = [{"Name": "Begin_Date", "Value": "2026-10-01"}, {"Name": "End_Date", "Value": "2026-10-31"}]
    told = {"Release": "5", "Report_ID": report, "Customer_ID": "cid-1", "Report_Filters": filters} | more
    return {"Report_Header": told, "Report_Items": list(items)}


def period(begin: str = "2026-10-01", end: str = "2026-10-31", **counts: Any) -> Json:
    instances = [{"Metric_Type": name, "Count": count} for name, count in counts.items()]
    return {"Period": {"Begin_Date": begin, "End_Date": end}, "Instance": instances}


def item_5(*performance: Json, method: str = "Regular", **more: Any) -> Json:
    """Book 1715 of the sample of release 5."""
    ids = [{"Type": "Proprietary", "Value": "ppdelta:1715"}, {"Type": "ISBN", "Value": "978-0-300-94426-6"}]
    names = {"Title": "Book 1715", "Platform": "PPDelta", "Item_ID": ids, "Data_Type": "Book", "Access_Method": method}
    return names | more | {"Performance": list(performance)}


def test_release_5_lists_its_counts_by_period() -> None:
    """Total_Item metrics come with a section type and Unique_Title metrics without: two rows of one title."""
    document = release_5(
        item_5(period(Total_Item_Requests=5, Unique_Item_Requests=5), period("2026-09-01", "2026-09-30", No_License=1)),
        item_5(period(Unique_Title_Requests=2)),
        item_5(period(Total_Item_Requests=40), method="TDM"),
        item_5(period(Total_Item_Requests=7), YOP="2012"),
    )
    metrics = ["Total_Item_Requests", "Unique_Title_Requests"]
    found = parsed(document, release=5, report="tr", by="title", metrics=metrics)
    name = "Book 1715 (978-0-300-94426-6)"
    assert values(found) == {f"Total_Item_Requests {name}": 12, f"Unique_Title_Requests {name}": 2}
    assert found.covered == (OCTOBER,)


@pytest.mark.parametrize(("begin", "end"), [("2026-10-01", "2026-12-31"), ("2026-10-05", "2026-10-31"), ("", "")])
def test_a_period_of_release_5_that_is_not_a_month_is_another_shape(begin: str, end: str) -> None:
    with pytest.raises(ShapeError, match="is not a month"):
        parsed(release_5(item_5(period(begin, end, Total_Item_Requests=5))), release="5", report="tr")


@pytest.mark.parametrize(("told", "release"), [("5", "5.1"), ("5.1", "5"), ("4", "5")])
def test_a_report_of_another_release_is_refused(told: str, release: str) -> None:
    with pytest.raises(ShapeError, match=f"follows release '{told}'"):
        parsed(report(item(row(Total_Item_Requests=5)), Release=told), release=release)


@pytest.mark.parametrize(("given", "release"), [(5.1, "5.1"), (5, "5"), (5.0, "5"), ("5.0", "5"), ("5.1", "5.1")])
def test_a_release_is_read_as_yaml_gives_it(given: object, release: str) -> None:
    assert source(release=given).settings.release == release


# the report must be the one that was requested


@pytest.mark.parametrize(
    ("more", "match"),
    [
        ({"Report_ID": "PR_P1"}, "the report is 'PR_P1'"),
        ({"Report_Filters": {"Begin_Date": "2026-09-01", "End_Date": "2026-10-31"}}, "Begin_Date 2026-09-01"),
        ({"Report_Filters": {"Begin_Date": "2026-10-01", "End_Date": "2026-09-30"}}, "End_Date 2026-09-30"),
    ],
)
def test_another_report_than_the_requested_one_is_refused(more: Json, match: str) -> None:
    with pytest.raises(ShapeError, match=match):
        parsed(report(item(row(Total_Item_Requests=5)), **more))


@pytest.mark.parametrize(
    ("name", "values_", "partial"),
    [
        ("Country_Code", ["DE"], True),
        ("Metric_Type", ["Total_Item_Requests"], True),
        ("Metric_Type", ["Total_Item_Requests", "Unique_Item_Requests"], False),
        ("Data_Type", ["Journal"], True),
        ("Access_Method", ["TDM"], True),
        ("Access_Method", ["Regular"], False),
        ("Platform", ["p1"], False),
        ("YOP", ["All"], False),
    ],
)
def test_a_filter_that_leaves_out_what_is_counted_makes_the_figures_partial(
    name: str, values_: list[str], partial: bool
) -> None:
    dates = {"Begin_Date": "2026-10", "End_Date": "2026-10-31", name: values_}
    counted = row(Total_Item_Requests=5, Unique_Item_Requests=4)
    found = parsed(report(item(counted), Report_Filters=dates))
    assert flags(found) == {("partial",) if partial else ()}
    assert any(f"not requested: {name}=" in note for note in found.notes) is partial
    assert (found.covered == ()) is partial


def test_a_filter_on_the_chosen_data_types_leaves_nothing_out() -> None:
    dates = {"Begin_Date": "2026-10-01", "End_Date": "2026-10-31", "Data_Type": ["Book", "Journal"]}
    document = report(item(row(Total_Item_Requests=5)), Report_Filters=dates)
    assert flags(parsed(document, data_types=["Journal"])) == {()}


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        "text",
        {"Report_Header": header(), "Report_Items": {}},
        {"Report_Header": [], "Report_Items": []},
        report({"Platform": "Platform 1"}),
        report({"Platform": "Platform 1", "Attribute_Performance": {}}),
        report(item({"Data_Type": "Book", "Performance": []})),
        report(item({"Data_Type": "Book", "Performance": {"Total_Item_Requests": {"2026-13": 1}}})),
        report(item({"Data_Type": "Book", "Performance": {"Total_Item_Requests": 7}})),
        report("text"),  # type: ignore[arg-type]
        {"Report_Header": header("PR", {"Code": "none"}), "Report_Items": []},
    ],
)
def test_what_is_not_a_report_is_another_shape(document: Any) -> None:
    with pytest.raises(ShapeError) as caught:
        parsed(document)
    assert caught.value.do


# zero, and what is not zero


def test_a_metric_that_a_delivered_month_lacks_is_0_as_the_code_omits_zeros() -> None:
    found = parsed(report(item(row(Total_Item_Requests=5))), metrics=["Total_Item_Requests", "Searches_Platform"])
    assert values(found) == {"Total_Item_Requests": 5, "Searches_Platform": 0}
    assert any("has no Searches_Platform, which by the code of practice means 0" in note for note in found.notes)


def test_an_entity_that_a_delivered_month_lacks_is_0_by_its_metric() -> None:
    assert [metric.absent for metric in source(by="platform").metrics()] == ["zero", "zero"]
    assert [metric.absent for metric in source().metrics()] == ["missing", "missing"]


@pytest.mark.parametrize(
    "document",
    [
        report(exceptions=[exception(3030)]),
        exception(3030),
        [exception(3030)],
        {"Exception": exception(3030)},
        {"Exceptions": [exception(3030)]},
        {"Report_Header": {"Exceptions": exception(3030)}, "Report_Items": None},
        {"Report_Header": {"Exception": [{"Code": "3030", "Message": "No Usage", "Severity": "Error"}]}},
    ],
)
def test_3030_is_a_true_zero_wherever_the_service_puts_it(document: Any) -> None:
    """Appendix D: of a month that is not processed or no longer there, only 3031 or 3032 may be said."""
    found = parsed(document)
    assert values(found) == {"Total_Item_Requests": 0, "Unique_Item_Requests": 0}
    assert (found.covered, found.unanswered) == ((OCTOBER,), ())


def test_3030_is_asked_again_while_the_service_still_has_time_to_deliver() -> None:
    """5.1: reports must be available within four weeks of the end of the month, here until 29 November."""
    for day, answered in ((28, False), (29, True)):
        found = parsed(report(exceptions=[exception(3030)]), at=datetime(2026, 11, day, 6, tzinfo=UTC))
        assert (found.covered == (OCTOBER,)) is answered
        assert (found.unanswered == (Window(date(2026, 10, 20), date(2026, 11, 1)),)) is not answered
        assert bool(values(found)) is answered


@pytest.mark.parametrize(
    ("document", "status"),
    [
        (report(exceptions=[exception(3031, "2026-10")]), 200),
        (report(exceptions=[exception(3030), exception(3031)]), 200),
        (report(item(row(Total_Item_Requests=5)), exceptions=[exception(3031)]), 200),
        (exception(3031), 400),
        (exception(1011), 202),
        (None, 202),
        (report(), 200),
        (report(exceptions=[exception(0, message="Hello")]), 200),
    ],
)
def test_a_month_that_is_not_ready_is_never_0_and_is_requested_again(document: Any, status: int) -> None:
    found = parsed(document, status=status)
    assert found.observations.empty
    assert (found.covered, found.replaces) == ((), None)
    assert found.unanswered == (Window(date(2026, 10, 20), date(2026, 11, 1)),)


def test_a_month_that_is_gone_keeps_what_is_stored_and_is_not_requested_again() -> None:
    found = parsed(report(exceptions=[exception(3032, "from 2026-11 on")]))
    assert found.observations.empty
    assert (found.covered, found.replaces, found.unanswered) == ((), None, ())
    assert any("no longer available" in note for note in found.notes)


def test_partial_data_are_flagged_and_nothing_becomes_0() -> None:
    found = parsed(report(item(row(Total_Item_Requests=5)), exceptions=[exception(3040, "logging failed")]))
    assert values(found) == {"Total_Item_Requests": 5}
    assert flags(found) == {("partial",)}
    assert (found.covered, found.replaces) == ((), None)
    assert any("3040 As the code has it (logging failed)" in note for note in found.notes)
    empty = parsed(report(exceptions=[exception(3030), exception(3040)]))
    assert (values(empty), empty.covered, empty.unanswered) == ({}, (), ())


def test_usage_together_with_no_usage_is_a_contradiction() -> None:
    with pytest.raises(ShapeError, match="says that there is none"):
        parsed(report(item(row(Total_Item_Requests=5)), exceptions=[exception(3030)]))


@pytest.mark.parametrize("code", [3050, 3060, 3061, 3062, 3063, 3070, 0, 42, 999])
def test_a_parameter_that_was_left_out_of_account_is_named_and_the_report_counts(code: int) -> None:
    document = report(item(row(Total_Item_Requests=5)), exceptions=[exception(code, "access_method")])
    found, _, _ = fetched(document)
    assert values(found) == {"Total_Item_Requests": 5, "Unique_Item_Requests": 0}
    assert any(f"the service says: {code}" in note for note in found.notes)


# what the log says of the sums


def notes(document: Json, **more: Any) -> str:
    return "\n".join(parsed(document, **more).notes)


def test_a_chosen_data_type_without_usage_is_named() -> None:
    told = notes(report(item(row("Book", Total_Item_Requests=5))), data_types=["Book", "Journal"])
    assert "no usage of the data type Journal" in told
    assert "no usage of the data type Book" not in told


def test_a_data_type_of_the_providers_own_is_passed_over_like_any_other() -> None:
    found = parsed(report(item(row("p1:Game", Total_Item_Requests=5))), data_types=["Book"])
    assert found.refused.empty
    assert values(found) == {"Total_Item_Requests": 0, "Unique_Item_Requests": 0}
    assert any("other data types 1" in note for note in found.notes)


def test_one_title_on_two_platforms_is_one_series_and_named() -> None:
    one = item(row(Total_Item_Requests=3), Title="Physics")
    other = item(row(Total_Item_Requests=4), Title="Physics", Platform="P2")
    titles = report(one, other, report="TR")
    chosen: Json = {"report": "tr", "metrics": ["Total_Item_Requests"]}
    assert values(parsed(titles, **chosen, by="title")) == {"Total_Item_Requests Physics": 7}
    assert "1 series have usage of several platforms or identifiers, added up, such as 'Physics'" in notes(
        titles, **chosen, by="title"
    )
    assert "several platforms" not in notes(titles, **chosen, by="platform")
    assert "several platforms" not in notes(report(one, report="TR"), **chosen, by="title")


# requests and errors


def test_the_request_names_the_month_and_the_customer_and_nothing_of_them_is_kept() -> None:
    document = report(
        item(row(Total_Item_Requests=5)),
        exceptions=[exception(1, "customer 4711-customer is fine")],
        Institution_ID={"Proprietary": ["P1:4711-customer"]},
        Customer_ID="4711-customer",
    )
    more: Json = {"requestor_id": "${env:REQUESTOR}", "platform": "p1", "report": "pr"}
    found, received, pages = fetched(document, **more)
    assert received[0].path == "/r51/reports/pr"
    assert received[0].query == {
        "customer_id": "4711-customer",
        "requestor_id": "0815-requestor",
        "api_key": "key/77+x",
        "platform": "p1",
        "begin_date": "2026-10",
        "end_date": "2026-10",
        "access_method": "Regular",
        "attributes_to_show": "Access_Method",
    }
    left = f"{pages} {found.notes} {found.observations.to_csv()}"
    assert not [secret for secret in [*SECRETS.values(), "Mill"] if secret in left]
    assert values(found)["Total_Item_Requests"] == 5


@pytest.mark.parametrize(
    ("url", "release", "path"),
    [
        ("", "5.1", "/r51/reports/tr"),
        ("/sushi/r51/", "5.1", "/sushi/r51/reports/tr"),
        ("/sushi/r51/reports", "5.1", "/sushi/r51/reports/tr"),
        ("/counter5/reports", "5", "/counter5/reports/tr"),
    ],
)
def test_the_address_is_found_however_much_of_it_is_given(url: str, release: str, path: str) -> None:
    with serve(lambda _: Reply(json.dumps(exception(3030)).encode())) as site:
        told = source(f"{site.url}{url}", release=release, report="tr", access_types=["Controlled"], text_mining=True)
        list(told.fetch(WINDOW, LATE, session()))
    assert site.received[0].path == path
    shown = "Access_Method|Access_Type" if release == "5.1" else "Data_Type|Access_Method|Access_Type"
    assert site.received[0].query["attributes_to_show"] == shown
    assert "access_method" not in site.received[0].query


def test_a_window_without_the_last_day_of_a_month_requests_nothing() -> None:
    quiet = Window(date(2026, 11, 2), date(2026, 11, 30))
    assert list(source("http://127.0.0.1:9").fetch(quiet, LATE, session())) == []
    assert source().parse([]).observations.empty


@pytest.mark.parametrize("first", range(1, 32))
def test_every_month_lies_in_exactly_one_of_the_windows_of_a_source(first: int) -> None:
    days = Window(date(2026, 1, first), date(2027, 3, 1))
    windows = days.split(Sushi.max_days or 0)
    with serve(lambda _: Reply(json.dumps(exception(3030)).encode())) as site:
        told = source(site.url)
        for window in windows:
            list(told.fetch(window, LATE, session()))
    asked = [one.query["begin_date"] for one in site.received]
    assert asked == [f"2026-{month:02}" for month in range(1, 13)] + ["2027-01", "2027-02"]


@pytest.mark.parametrize(
    ("code", "status", "kind", "words"),
    [
        (1000, 503, RetryableError, "not available"),
        (1010, 503, RetryableError, "not available"),
        (1010, 200, RetryableError, "not available"),
        (1020, 429, RetryableError, "limit of requests"),
        (1030, 400, ConfigError, "requestor_id, api_key or platform"),
        (2000, 401, RefusedError, "with the provider"),
        (2010, 403, RefusedError, "with the provider"),
        (2010, 200, RefusedError, "with the provider"),
        (2011, 403, RefusedError, "of the institution"),
        (2020, 401, RefusedError, "with the provider"),
        (2030, 401, RefusedError, "address of this machine"),
        (3000, 404, RefusedError, "another 'report'"),
        (3010, 404, RefusedError, "another 'release'"),
        (3020, 400, ConfigError, "since"),
        (3999, 200, ShapeError, "does not know"),
    ],
)
@pytest.mark.parametrize("form", ["object", "list", "header"])
def test_an_exception_that_prevents_the_report_is_an_error(
    code: int, status: int, kind: type[KmiError], words: str, form: str
) -> None:
    alone = exception(code, "of 4711-customer with key/77+x")
    forms = {"object": alone, "list": [alone], "header": report(exceptions=[exception(3030), alone])}
    error = failed(forms[form], status)
    assert type(error) is kind
    assert words in str(error)
    assert str(code) in str(error)
    assert "4711-customer" not in str(error)
    assert "key/77+x" not in str(error)


def test_a_limit_by_the_day_pauses_and_any_other_is_tried_again() -> None:
    assert isinstance(failed(exception(1020, "only 500 requests per day"), 429), QuotaError)
    assert type(failed(exception(1020, "only 5 requests a minute"), 429)) is RetryableError


def test_the_lowest_of_several_exceptions_is_the_error() -> None:
    assert "2010" in str(failed([exception(3020), exception(2010)], 400))


@pytest.mark.parametrize(("status", "answer"), [(202, exception(1011)), (200, exception(1011)), (202, b"")])
def test_a_queued_report_is_waited_for_and_then_left_to_the_next_run(status: int, answer: Any) -> None:
    found, received, _ = fetched(answer, status=status, retries=2)
    assert len(received) == 3
    assert found.observations.empty
    assert found.unanswered


def test_a_queued_report_that_is_ready_at_the_second_try_is_read() -> None:
    replies = [
        Reply(json.dumps(exception(1011)).encode(), 202),
        Reply(json.dumps(report(item(row(Total_Item_Requests=5)))).encode()),
    ]
    with serve(lambda _: replies.pop(0)) as site:
        told = source(site.url)
        pages = list(told.fetch(WINDOW, LATE, session(retries=2)))
    assert values(told.parse(pages))["Total_Item_Requests"] == 5


@pytest.mark.parametrize("code", [3030, 3031, 3032])
def test_what_is_said_about_a_report_is_an_answer_with_any_status(code: int) -> None:
    found, _, pages = fetched(exception(code, "for 4711-customer"), status=404)
    assert pages[0].status == 404
    assert "4711-customer" not in pages[0].body.decode()
    assert bool(values(found)) is (code == 3030)


def test_a_platform_that_the_service_left_out_of_account_is_refused() -> None:
    for data in ("platform", ""):
        document = report(item(row(Total_Item_Requests=5)), exceptions=[exception(3050, data)])
        assert "counts others too" in str(failed(document, platform="p1"))
    document = report(item(row(Total_Item_Requests=5)), exceptions=[exception(3050, "access_method")])
    assert values(fetched(document, platform="p1")[0])["Total_Item_Requests"] == 5


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [(b"<html>", 200, "a web page came"), (b"", 200, "an empty answer"), (b"gone", 404, "check 'url', 'release'")],
)
def test_what_is_not_json_is_named(answer: bytes, status: int, words: str) -> None:
    assert words in str(failed(answer, status))


def test_a_short_customer_id_does_not_touch_the_counts() -> None:
    """A customer ID of one digit is a part of nearly every number."""
    document = report(item(row(Total_Item_Requests=151)), exceptions=[exception(1, "customer 1")])

    def reply(_: ReceivedRequest) -> Reply:
        return Reply(json.dumps(document).encode())

    with serve(reply) as site:
        told = source(site.url)
        pages = list(told.fetch(WINDOW, LATE, Session(lambda _: "1", retries=0, timeout_s=(2, 2))))
    assert values(told.parse([replace(page, url="x") for page in pages]))["Total_Item_Requests"] == 151


# settings


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"metrics": ["Searches_Regular"]}, "the report pr has no metric 'Searches_Regular'"),
        ({"report": "ir", "metrics": ["Unique_Title_Requests"]}, "the report ir has no metric"),
        ({"metrics": []}, "at least 1"),
        ({"by": "title"}, "the report pr names no title"),
        ({"report": "dr", "metrics": ["Searches_Automated"]}, "write by: database"),
        ({"access_types": ["Controlled"]}, "has no access types"),
        ({"report": "tr", "access_types": ["OA_Gold"]}, "release 5.1 has no access type 'OA_Gold'"),
        ({"data_types": ["Bok"]}, "has no data type 'Bok'"),
        ({"metrics": ["Searches_Platform"], "data_types": ["Book"]}, "has the data type Platform"),
        ({"customer_id": "4711"}, "never written into the plan"),
        ({"release": 4}, "5.1"),
    ],
)
def test_settings_that_the_code_does_not_allow_are_refused(more: Json, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        source(**more)


def test_searches_of_databases_do_not_add_up_over_databases() -> None:
    """7.6: one search of 20 databases is 20 Searches_Automated and 1 Searches_Platform."""
    metrics = source(report="dr", by="database", metrics=["Searches_Automated", "Total_Item_Requests"]).metrics()
    assert [metric.additive_over_entities for metric in metrics] == [False, True]


def test_what_a_provider_adds_to_the_code_may_be_named() -> None:
    assert source(data_types=["p1:Game"]).settings.data_types == ("p1:Game",)
    assert OCTOBER.end - DAY == date(2026, 10, 31)
