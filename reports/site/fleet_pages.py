"""The pages of a fleet: one for all together, and one for each member, which shows it among its peers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reports.language import Language
from reports.site.build import fleet_environment
from reports.site.file_names import MARKER, OVERVIEW
from reports.site.funnel_chart import funnel_chart
from transforms.fleet.funnel import FEWEST
from warehouse.published_tables import PublishedTables, Row, grouped
from warehouse.schema.fleet import FLEET_COMPARISONS, FLEET_INDICATORS, FLEET_MEMBERS, FLEET_TOTALS

SHOWN_TOTALS = 12
CONSORTIUM = "consortium"
"""The folder of the page for all; those of the members are beside it, so that each reader gets one folder only."""


@dataclass(frozen=True)
class FleetDetails:
    """``names``: each sharing member's own name by its published id; ``folders``: its name in the fleet file."""

    name: str
    names: Mapping[str, str]
    folders: Mapping[str, str]
    opted_out: int
    now: datetime


@dataclass(frozen=True)
class _Common:
    """What every page shows: the rows, and the titles by which it names members and indicators."""

    t: Language
    titles: Mapping[str, str]
    indicators: Mapping[str, Row]


def build_fleet_site(fleet: FleetDetails, tables: PublishedTables, t: Language) -> Iterator[tuple[str, bytes]]:
    """Paths and bytes of the files. Everything that comes from the data is escaped."""
    pages = fleet_environment(fleet.name, t, fleet.now)
    members = {row["member_id"]: row for row in tables.rows(FLEET_MEMBERS)}
    titles = {name: _title(t, row) for name, row in members.items()}
    indicators = tables.by(FLEET_INDICATORS, "indicator_id")
    newest = _newest(tables.rows(FLEET_COMPARISONS))
    common = _Common(t, titles, indicators)
    left_out = [
        (titles[name], t(f"files.{row['state']}")) for name, row in members.items() if row["state"] != "current"
    ]
    shown: dict[str, Any] = {"left_out": left_out, "opted_out": t.whole(fleet.opted_out) if fleet.opted_out else ""}
    shown |= _explained(tables.rows(FLEET_COMPARISONS))
    together = {**shown, "totals": _totals(common, tables), "blocks": [_block(common, rows, "") for rows in newest]}
    yield f"{CONSORTIUM}/{OVERVIEW}", pages.get_template("fleet.html").render(**together).encode()
    for name in members:
        own = [rows for rows in newest if any(row["member_id"] == name for row in rows)]
        for_member = _Common(t, {**titles, name: fleet.names[name]}, indicators)
        peers = [
            _block(for_member, [row for row in rows if row["peer_group"] == _group(rows, name)], name) for rows in own
        ]
        page = pages.get_template("fleet_member.html").render(member=fleet.names[name], blocks=peers, **shown)
        yield f"members/{fleet.folders[name]}/{OVERVIEW}", page.encode()
    yield MARKER, f"{t('marker')}\n".encode()


def _explained(rows: list[Row]) -> dict[str, bool]:
    """Which of its explanations a page needs: those of limits and of ranges of ranks, where there are any."""
    return {
        "has_limits": any(row["low_95"] is not None for row in rows),
        "has_ranges": any(row["rank_low"] is not None for row in rows),
    }


def _title(t: Language, row: Row) -> str:
    """The name of a member, or its pseudonym in the language of the page."""
    return t("fleet.pseudonym", code=row["title"].split()[-1]) if row["anonymous"] else row["title"]


def _group(rows: list[Row], member: str) -> str:
    return next(str(row["peer_group"]) for row in rows if row["member_id"] == member)


def _newest(rows: list[Row]) -> list[list[Row]]:
    """The newest comparisons of each indicator by each denominator."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in sorted(rows, key=lambda row: row["start"]):
        key = (row["indicator_id"], row["per"])
        if key in found and found[key][0]["start"] == row["start"]:
            found[key].append(row)
        else:
            found[key] = [row]
    return [found[key] for key in sorted(found)]


def _block(common: _Common, rows: list[Row], own: str) -> dict[str, Any]:
    """An indicator by one denominator: a sentence, a chart and a table. ``own``: the member whose page it is."""
    t, first = common.t, rows[0]
    indicator = common.indicators[first["indicator_id"]]
    groups = grouped(rows, "peer_group")
    ordered = sorted(rows, key=_order)
    return {
        "id": f"{first['indicator_id']}-{first['per']}",
        "title": indicator["title"],
        "per": t(f"per.{first['per']}"),
        "unit": indicator["unit"],
        "period": t.period(indicator["period"], first["start"]),
        "notes": [note for group in groups.values() for note in _notes(t, group, len(groups) > 1)],
        "several_groups": len(groups) > 1,
        "remark": "label.place" if _explained(rows)["has_limits"] else "label.lacking",
        "charts": [chart for group in groups.values() if (chart := funnel_chart(group, own))],
        "chart_text": t("fleet.chart", title=indicator["title"]),
        "own": next((_sentence(common, row) for row in rows if row["member_id"] == own), ""),
        "rows": [_member_row(common, row, own) for row in ordered],
    }


def _order(row: Row) -> tuple[object, ...]:
    """The best rate of each group first, and those without one last."""
    return row["peer_group"], row["rate"] is None, row["rank"] or 0, -(row["rate"] or 0)


def _notes(t: Language, rows: list[Row], named: bool) -> list[str]:
    """Why a group has no limits, or what its centre is."""
    compared = [row for row in rows if row["missing"] is None]
    if not compared:
        return []
    first = compared[0]
    if first["no_position"] == "too_few":
        text = t("no_place.too_few", fewest=FEWEST)
    elif first["no_position"]:
        text = t(f"no_place.{first['no_position']}")
    else:
        text = t("fleet.centre", centre=t.number(first["centre"]), members=t.whole(len(compared)))
    return [t("fleet.group", group=first["peer_group"], text=text) if named else text]


def _sentence(common: _Common, row: Row) -> str:
    """Where the member of the page lies; nothing is said of luck where luck explains it."""
    t = common.t
    if row["missing"] is not None:
        own = common.titles[row["member_id"]]
        return t("fleet.own_missing", member=own, reason=t(f"lack.{row['missing']}"))
    text = t("fleet.own", rate=t.number(row["rate"]), rank=_rank(t, row), compared=t.whole(row["compared"]))
    return text if row["position"] in {None, "inside"} else f"{text} {t('fleet.own_place', place=_place(t, row))}"


def _place(t: Language, row: Row) -> str:
    return t(f"place.{row['position']}") if row["position"] else ""


def _rank(t: Language, row: Row) -> str:
    if row["rank"] is None:
        return t("not_known")
    if row["rank_low"] is None:
        return t.whole(row["rank"])
    return t("fleet.rank", rank=t.whole(row["rank"]), low=t.whole(row["rank_low"]), high=t.whole(row["rank_high"]))


def _member_row(common: _Common, row: Row, own: str) -> dict[str, Any]:
    t = common.t
    lacking = row["missing"] is not None
    return {
        "name": common.titles[row["member_id"]],
        "own": row["member_id"] == own,
        "group": row["peer_group"],
        "value": t.number(row["value"]),
        "rate": t.number(row["rate"]),
        "rank": "" if lacking else _rank(t, row),
        "place": t(f"lack.{row['missing']}") if lacking else _place(t, row),
    }


def _totals(common: _Common, tables: PublishedTables) -> list[dict[str, Any]]:
    """The newest totals of each indicator, or why there are none."""
    found = []
    for name, rows in tables.grouped(FLEET_TOTALS, "indicator_id", "start", newest_first=True).items():
        indicator = common.indicators[name]
        known = [row for row in rows if row["members_known"]][:SHOWN_TOTALS]
        found.append(
            {
                "title": indicator["title"],
                "unit": indicator["unit"],
                "id": f"total-{name}",
                "reason": _no_total(common, indicator),
                "rows": [] if indicator["not_additive"] else [_total(common, indicator, row) for row in known],
            }
        )
    return found


def _no_total(common: _Common, indicator: Row) -> str:
    """Why an indicator has no total, with the members whose definition differs; empty where it has one."""
    if not indicator["not_additive"]:
        return ""
    members = ", ".join(common.titles.get(name, name) for name in indicator["defined_otherwise"])
    return common.t(f"no_total.{indicator['not_additive']}", members=members)


def _total(common: _Common, indicator: Row, row: Row) -> dict[str, str]:
    t = common.t
    missing = [one.split(" ", 1) for one in row["missing"]]
    return {
        "period": t.period(indicator["period"], row["start"]),
        "total": t.number(row["total"]),
        "partial": t.number(row["partial_total"]),
        "members": t("fleet.of", known=t.whole(row["members_known"]), members=t.whole(row["members"])),
        "missing": "; ".join(f"{common.titles.get(name, name)} ({t(f'lack.{code}')})" for name, code in missing),
        "provisional": t("flag.provisional") if row["provisional"] else "",
    }
