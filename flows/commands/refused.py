"""``kmi refused``: list what was refused and why, and release a row in a person's name."""

from typing import TYPE_CHECKING

import click

from flows.output import show_json, show_table
from warehouse.errors import ConfigError
from warehouse.refusal_status import refusals_with_status
from warehouse.root import open_root
from warehouse.schema import PULLS
from warehouse.tables import Tables

if TYPE_CHECKING:
    from flows.steps.context import Context


def list_refusals(address: str, source: str | None, *, as_json: bool) -> None:
    """Print the open refusals of one source or of all.

    Raises ``ConfigError`` for an unknown source or warehouse.
    """
    tables = Tables(open_root(address))
    known = sorted(set(tables.read(PULLS, None, ["source"])["source"].to_pylist()))
    if not known:
        raise ConfigError(
            "nothing has been collected here yet",
            where=address,
            do="run 'kmi run', or name the warehouse with --warehouse",
        )
    if source is not None and source not in known:
        raise ConfigError(
            f"no source '{source}' was collected here", where=address, do=f"its sources: {', '.join(known)}"
        )
    rows = refusals_with_status(tables, "refused", source)
    if as_json:
        show_json({"warehouse": address, "refused": rows})
        return
    if not rows:
        click.echo("Nothing is refused.")
        return
    lines = [
        [row["refused_id"], row["source"], str(row["origin"]), f"{row['reason']}: {row['action']}"] for row in rows
    ]
    show_table(["Id", "Source", "Where", "Why, and what to do"], lines)
    command = "kmi refused --release ID --by NAME --because REASON"
    click.echo(f"\n{len(rows)} refused. To release a number that a check refused: {command}")


def release_refusal(context: "Context", refused_id: str, by: str, because: str) -> None:
    """Release one refused row and publish.

    Raises ``ConfigError`` if no refused row with a number has this id.
    """
    import pandas as pd

    from flows.steps.assess import assess
    from flows.steps.publish import publish
    from flows.steps.warehouse_lock import hold_warehouse
    from warehouse.diff import Replacement
    from warehouse.pulls import Pull, commit
    from warehouse.refusals import Release, as_observation, find_refusal, record_release
    from warehouse.schema import OBSERVATIONS, Window

    with hold_warehouse(context, 60):
        refusal = find_refusal(context.tables, refused_id)
        row = as_observation(refusal)
        now = context.clock()
        source, start, end = str(refusal["source"]), refusal["start"].date(), refusal["end"].date()
        pull = Pull(
            f"release-{refusal['refused_id']}-{now:%Y%m%dT%H%M%S}",
            source,
            now,
            Window(start, end),
            context.loaded.fingerprint(source),
        )
        units = {metric.name: metric.unit for metric in context.loaded.sources[source].metrics()}
        observation = row.assign(unit=row["metric"].map(units), retrieved_at=pd.Timestamp(now), pull_id=pull.pull_id)
        commit(context.tables, pull, observation[OBSERVATIONS.names], Replacement(), now)
        # after the commit: a kill in between leaves the refusal open
        record_release(context.tables, refusal, Release(by, because), now)
        publish(context, assess(context))
    number = f"{refusal['value']:g} for {refusal['metric']} of '{refusal['entity']}' from {start}"
    click.echo(f"Released {refusal['refused_id']}: {number}, by {by}: {because}")
