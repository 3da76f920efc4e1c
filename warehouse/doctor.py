"""What is wrong with a warehouse, and how each fault is mended. Later checks rely on the repairs of earlier ones."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from warehouse.clock_repair import future_entries, set_clock_right
from warehouse.errors import KmiError
from warehouse.kept_responses import KEPT
from warehouse.last_run import last_finish
from warehouse.lost_rows import losses, queue_again
from warehouse.published_files import FOLDER, PACKAGE, file_hash
from warehouse.root import LocalRoot, Root, is_parquet
from warehouse.schema import CHANGES, EVALUATIONS, LEDGERS, OBSERVATIONS, PULLS, VERDICT_LEDGER
from warehouse.table_files import damaged_files
from warehouse.tables import Tables


@dataclass(frozen=True, slots=True)
class Fault:
    """``what`` is wrong and ``mend``, what a repair does about it. ``repair`` does it; None where the next run does."""

    what: str
    mend: str
    repair: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Patient:
    """A warehouse under examination; ``now`` is aware UTC. Repairs need its lock."""

    root: Root
    tables: Tables
    now: datetime


Check = Callable[[Patient], Iterator[Fault]]


def future_instants(patient: Patient) -> Iterator[Fault]:
    found = future_entries(patient.tables, patient.now)
    if found:
        yield Fault(
            f"entries are dated after now, the newest {found.newest:%Y-%m-%d %H:%M} UTC: a clock was ahead",
            "they are dated now, and the days that were not over are pulled again",
            partial(set_clock_right, patient.tables, found, patient.now),
        )


def staged_files(patient: Patient) -> Iterator[Fault]:
    if isinstance(patient.root, LocalRoot) and (staged := patient.root.staged()):
        yield Fault(
            f"{len(staged)} half-written files of runs that were killed, such as {staged[0].name}",
            "they are removed",
            patient.root.sweep,
        )


def damaged_tables(patient: Patient) -> Iterator[Fault]:
    for table in LEDGERS:
        try:
            damaged = damaged_files(patient.tables, table)
        except KmiError as error:
            yield Fault(str(error), "nothing: restore the warehouse from a backup")
            continue
        if damaged:
            loss = "their days are pulled again" if table is OBSERVATIONS else "their rows are lost for good"
            yield Fault(
                f"{len(damaged)} files of the table {table.name} are missing or cannot be read, such as {damaged[0]}",
                f"the table goes on without them; {loss}",
                partial(patient.tables.drop_files, table, damaged),
            )


def missing_tables(patient: Patient) -> Iterator[Fault]:
    """Tables that a warehouse with this history has, and that are gone as a whole."""
    has_run = last_finish(patient.root) is not None
    added = sum(patient.tables.read(PULLS, None, ["added"])["added"].to_pylist())
    for table, expected in ((PULLS, has_run), (EVALUATIONS, has_run), (VERDICT_LEDGER, has_run), (CHANGES, added > 0)):
        if expected and patient.tables.version(table) < 0:
            yield Fault(
                f"the table {table.name} is gone, and with it the history that it held",
                "nothing: restore it from a backup; the next run begins a new one",
            )


def lost_observations(patient: Patient) -> Iterator[Fault]:
    for loss in losses(patient.tables):
        if not loss.rows.empty or patient.tables.version(CHANGES) < 0:
            yield Fault(
                str(loss),
                "the next run pulls these days again",
                partial(queue_again, patient.tables, loss, patient.now),
            )


def damaged_responses(patient: Patient) -> Iterator[Fault]:
    """Kept responses and landed bytes that are no Parquet file."""
    for path in patient.root.list("raw"):
        if path.endswith(".parquet") and not is_parquet(patient.root.read(path)):
            kept = path.endswith(KEPT)
            yield Fault(
                f"{path} cannot be read",
                "it is removed, and the next run asks again" if kept else "it is removed; what was read from it stays",
                partial(patient.root.delete, path),
            )


def published_files(patient: Patient) -> Iterator[Fault]:
    """Published files that differ from their description."""
    try:
        described = json.loads(patient.root.read(PACKAGE))["resources"]
    except FileNotFoundError:
        return
    except ValueError:
        described = []
        yield Fault(f"{PACKAGE} cannot be read", "the next run writes it")
    hashes = {one["path"]: one["hash"].removeprefix("sha256:") for one in described}
    there = {path.removeprefix(f"{FOLDER}/") for path in patient.root.list(FOLDER) if path.endswith(".parquet")}
    for path in sorted(hashes.keys() - there):
        yield Fault(f"{FOLDER}/{path} is missing", "the next run writes it")
    for path in sorted(hashes.keys() & there):
        if file_hash(patient.root.read(f"{FOLDER}/{path}")) != hashes[path]:
            yield Fault(f"{FOLDER}/{path} is not the file that was published", "the next run writes it")


CHECKS: tuple[Check, ...] = (
    staged_files,
    future_instants,
    damaged_tables,
    missing_tables,
    lost_observations,
    damaged_responses,
    published_files,
)
