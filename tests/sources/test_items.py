"""Items that are counted once each."""

from datetime import date
from random import Random

import pytest

from sources.items import Item, Items, Refusal, iso_span, item_metrics, month_span, one_day, year_span
from warehouse.schema import Window

DAY = one_day(date(2026, 3, 1))


def item(identity: str, **more: object) -> Item:
    return Item(**({"kind": "news", "identity": identity, "span": DAY, "origin": "here"} | more))  # type: ignore[arg-type]


def test_an_item_that_comes_twice_counts_once_with_its_newer_day() -> None:
    later = one_day(date(2026, 3, 5))
    for order in (("1", "2"), ("2", "1")):
        items = Items()
        for version in order:
            items.add(item("a", version=version, span=later if version == "2" else DAY))
        parsed = items.parsed()
        assert parsed.observations["start"].dt.date.tolist() == [later.start]
        assert parsed.notes == ("1 item came more than once and counted once",)


def test_an_item_without_id_is_known_by_title_and_day() -> None:
    items = Items()
    items.add(item("", title="Opening  hours"))
    items.add(item("", title="Opening hours"))
    items.add(item("", title="Opening hours", span=one_day(date(2026, 3, 2))))
    parsed = items.parsed()
    assert parsed.observations["entity"].str.startswith("title:").tolist() == [True, True]
    assert "identified by title and date" in parsed.notes[1]


def test_an_item_with_nothing_to_tell_it_by_is_refused() -> None:
    items = Items()
    items.add(item(" \n "))
    parsed = items.parsed()
    assert parsed.observations.empty
    assert parsed.refused[["reason", "action"]].to_numpy().tolist() == [
        ["the item has no id, no address and no title", "give it an id, an address or a title"]
    ]


@pytest.mark.parametrize("identity", ["x" * 501, "tag:\x00bad"])
def test_an_unwieldy_id_becomes_a_hash(identity: str) -> None:
    items = Items()
    items.add(item(identity))
    items.add(item(identity))
    (entity,) = items.parsed().observations["entity"]
    assert entity.startswith("id:")
    assert len(entity) < 40


def test_a_withdrawn_item_is_nought_and_flagged() -> None:
    items = Items()
    items.add(item("a"))
    items.add(item("a", version="2", withdrawn=True))
    row = items.parsed().observations.iloc[0]
    assert (row["value"], row["flags"]) == (0, ("withdrawn",))


def test_a_month_that_is_not_over_is_flagged_partial() -> None:
    items = Items(as_of=date(2026, 3, 9))
    for identity, span in (
        ("running", month_span(2026, 3)),
        ("over", month_span(2026, 2)),
        ("to come", year_span(2027)),
        ("day", one_day(date(2026, 3, 9))),
    ):
        items.add(item(identity, span=span))
    flags = items.parsed().observations.set_index("entity")["flags"]
    assert {name for name, given in zip(flags.index, flags, strict=True) if given} == {"running"}


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("2024-02-29", Window(date(2024, 2, 29), date(2024, 3, 1))),
        ("2024-12", Window(date(2024, 12, 1), date(2025, 1, 1))),
        (" 2024 ", Window(date(2024, 1, 1), date(2025, 1, 1))),
        ("2023-02-29", None),
        ("2024-13", None),
        ("0000", None),
        ("9999", None),
        ("20240229", None),
        ("c2024", None),
        ("2024-2-9", None),
    ],
)
def test_a_date_is_read_as_far_as_it_goes_or_not_at_all(text: str, span: Window | None) -> None:
    assert iso_span(text) == span


def test_the_order_of_distinct_items_does_not_matter() -> None:
    whole = [item(str(n), span=one_day(date(2026, 3, 1 + n % 7))) for n in range(40)]
    frames = []
    for seed in (1, 2):
        items = Items()
        for each in Random(seed).sample(whole, len(whole)):
            items.add(each)
        frames.append(items.parsed().observations)
    assert frames[0].equals(frames[1])


def test_every_kind_is_one_metric_that_adds_up_from_nought() -> None:
    metrics = item_metrics(["news", "guides", "news"])
    assert [(m.name, m.unit, m.kind, m.absent, m.additive_over_entities) for m in metrics] == [
        ("news", "items", "flow", "zero", True),
        ("guides", "items", "flow", "zero", True),
    ]


def test_a_refusal_keeps_its_text_within_bounds() -> None:
    items = Items()
    items.refuse(Refusal("x" * 2000, "unreadable", "row 3", "correct it", "news", "a", DAY))
    row = items.parsed().refused.iloc[0]
    assert (len(row["raw_value"]), row["metric"], row["entity"], row["origin"]) == (500, "news", "a", "row 3")


def test_spellings_of_one_address_or_doi_are_one_item_and_said_so() -> None:
    items = Items()
    for identity in (
        "https://doi.org/10.5555/ABC",
        "10.5555/abc",
        "http://library.example/1",
        "https://library.example/1",
    ):
        items.add(item(identity))
    parsed = items.parsed()
    assert parsed.observations["entity"].tolist() == ["10.5555/abc", "https://library.example/1"]
    assert any("2 items came under another spelling" in note for note in parsed.notes)
