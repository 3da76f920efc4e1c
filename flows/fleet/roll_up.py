"""Reads what every member published, and publishes what they have in common."""

import hashlib
import hmac
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from flows.fleet.members import CaughtFault
from flows.fleet.same_sources import MemberPlan, read_plan, same_sources
from flows.steps.context import Log
from plan.load_fleet import LoadedFleet
from sources.secrets import SecretResolver
from transforms.fleet.figures import INDICATOR_COLUMNS, PERIOD_COLUMNS, VERDICT_COLUMNS, MemberFigures
from transforms.fleet.roll_up import FleetInputs, roll_up
from warehouse import published_files
from warehouse.frames import to_arrow, to_pandas
from warehouse.lock import hold_lock
from warehouse.published_state import read_state
from warehouse.published_tables import PublishedTables, just_published
from warehouse.root import open_root
from warehouse.schema import PUBLISHED_INDICATORS, PUBLISHED_PERIODS, PUBLISHED_VERDICTS
from warehouse.schema.fleet import FLEET_TABLES

READ = (PUBLISHED_INDICATORS, PUBLISHED_PERIODS, PUBLISHED_VERDICTS)
PSEUDONYM = "member_"
READERS = 8
"""Members whose files are read at the same time: most of it is waiting for an object store."""


@dataclass(frozen=True)
class RollUp:
    """``tables``: what is published of the fleet now. ``ids``: the published id of each member that shares figures."""

    tables: PublishedTables
    changed: list[str]
    ids: dict[str, str]


def member_ids(fleet: LoadedFleet, resolve: SecretResolver) -> dict[str, str]:
    """The published id of each member that shares its figures: its name, or its pseudonym.

    A pseudonym comes from a keyed hash of the name: it stays the same, and without the key nobody can tell whose it is.
    """
    key = fleet.fleet.comparison.pseudonym_key
    shared = [name for name in fleet.fleet.members if fleet.fleet.sharing_of(name) != "none"]
    anonymous = [name for name in shared if fleet.fleet.sharing_of(name) == "anonymous"]
    secret = resolve(key).encode() if key is not None and anonymous else b""
    digests = {name: hmac.new(secret, name.encode(), hashlib.sha256).hexdigest() for name in anonymous}
    length = next(n for n in range(6, 65) if len({digest[:n] for digest in digests.values()}) == len(digests))
    ids = {name: f"{PSEUDONYM}{digests[name][:length]}" if name in digests else name for name in shared}
    return dict(sorted(ids.items(), key=lambda item: item[1]))  # the order of the file would give a pseudonym away


def publish_roll_up(fleet: LoadedFleet, resolve: SecretResolver, now: datetime, log: Log) -> RollUp:
    """Read the members' published files, and write the common tables. Raises ``ConfigError`` for a missing key.

    A member whose files cannot be used is named with the reason, and nothing of it is counted.
    """
    ids = member_ids(fleet, resolve)
    with ThreadPoolExecutor(READERS, thread_name_prefix="kmi-read") as threads:
        figures = list(threads.map(lambda name: read_member(fleet, name, ids[name], now), ids))
    plans = {ids[name]: read_plan(fleet, name) for name in ids}
    for one in figures:
        if one.state != "current":
            log(f"{one.title}: LEFT OUT: {one.state_reason}")
    inputs = FleetInputs(
        fleet.fleet,
        [_with_reasons(one, plans[one.member_id]) for one in figures],
        {member_id: name for name, member_id in ids.items()},
        now.astimezone(ZoneInfo(fleet.fleet.time_zone)).year,
        len(fleet.fleet.members) - len(ids),
    )
    frames = roll_up(replace(inputs, same_source=same_sources(inputs, plans)))
    files = {table.name: (table, to_arrow(frames[table.name], table)) for table in FLEET_TABLES}
    root = open_root(fleet.published)
    with hold_lock(root, wait_s=60, log=log):
        changed = published_files.publish(root, files)
    return RollUp(just_published({name: data for name, (_, data) in files.items()}), changed, ids)


def read_member(fleet: LoadedFleet, name: str, member_id: str, now: datetime) -> MemberFigures:
    """The figures of a member, or why they cannot be used."""
    member = fleet.member(name)
    anonymous = member_id != name
    title = f"Library {member_id.removeprefix(PSEUDONYM).upper()}" if anonymous else member.name
    head = MemberFigures(member_id, title, anonymous, member)
    with CaughtFault() as fault:
        found = read_state(open_root(fleet.warehouse(name)), READ)
    if fault.text:
        return replace(head, state="unreadable", state_reason=_withheld(fault.text, anonymous))
    if found.state != "current":
        return replace(head, state=found.state, state_reason=found.reason)
    verdicts = to_pandas(found.tables["verdicts"].select(["as_of", *VERDICT_COLUMNS]))
    judged_at = None if verdicts.empty else verdicts["as_of"].max()
    limit = fleet.fleet.comparison.max_age_days
    if judged_at is None or now - judged_at.to_pydatetime() > pd.Timedelta(days=limit):
        when = "never" if judged_at is None else f"on {judged_at:%Y-%m-%d}"
        reason = f"its newest evaluation was {when}, and at most {limit} days old are counted: run 'kmi fleet run'"
        return replace(head, state="old", state_reason=reason, judged_at=judged_at)
    indicators = to_pandas(found.tables["indicators"].select(INDICATOR_COLUMNS))
    periods = to_pandas(found.tables["periods"].select(PERIOD_COLUMNS))
    return replace(head, judged_at=judged_at, indicators=indicators, periods=periods, verdicts=verdicts)


def _withheld(fault: str, anonymous: bool) -> str:
    """A fault names paths, and with them the member."""
    return "its files cannot be read: see 'kmi fleet status'" if anonymous else fault


def _with_reasons(one: MemberFigures, plan: MemberPlan) -> MemberFigures:
    return replace(one, not_additive={name: plan.not_additive(name) or "" for name in _names(one)})


def _names(one: MemberFigures) -> Sequence[str]:
    return [] if one.indicators.empty else one.indicators["indicator_id"].tolist()
