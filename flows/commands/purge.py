"""``kmi purge``: delete what a source sent and what may name people; never a figure."""

from dataclasses import dataclass
from datetime import timedelta

import click

from flows.output import count_noun, show_json
from flows.steps.context import Context
from flows.steps.warehouse_lock import hold_warehouse
from warehouse.errors import ConfigError
from warehouse.raw_files import RawFile, delete_files, older_than, raw_files
from warehouse.refusals import blank_refused_texts, refused_texts


@dataclass(frozen=True, slots=True)
class PurgeRequest:
    """Which source, and what of it.

    older_than_days: only raw files of pulls that began longer ago; None for all, with the texts of refused rows.
    """

    source: str
    older_than_days: int | None
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class PurgeList:
    """What is deleted: raw files with their bytes, and how many refused rows lose their text."""

    files: tuple[RawFile, ...]
    size: int
    texts: int


def purge(context: Context, request: PurgeRequest, *, as_json: bool) -> None:
    """List what would be deleted, or delete it. Raises ``ConfigError`` for a source that was never collected."""
    if not request.is_confirmed:
        found = _purge_list(context, request)
    else:
        with hold_warehouse(context, 60):
            found = _purge_list(context, request)
            delete_files(context.root, found.files)
            if found.texts:
                blank_refused_texts(context.tables, request.source)
    if as_json:
        show_json(_document(request, found))
    else:
        _print(request, found)


def _purge_list(context: Context, request: PurgeRequest) -> PurgeList:
    files = raw_files(context.root, request.source)
    texts = refused_texts(context.tables, request.source) if request.older_than_days is None else 0
    if not files and not texts and request.source not in context.loaded.sources:
        known = ", ".join(context.loaded.sources)
        raise ConfigError(
            f"there is no source '{request.source}' in the plan or the warehouse", do=f"sources of the plan: {known}"
        )
    if request.older_than_days is not None:
        files = older_than(files, timedelta(days=request.older_than_days), context.clock())
    return PurgeList(tuple(files), sum(len(context.root.read(file.path)) for file in files), texts)


def _document(request: PurgeRequest, found: PurgeList) -> dict[str, object]:
    return {
        "source": request.source,
        "deleted": request.is_confirmed,
        "raw_files": [file.path for file in found.files],
        "bytes": found.size,
        "refused_texts": found.texts,
    }


def _print(request: PurgeRequest, found: PurgeList) -> None:
    days = [file.began_at for file in found.files if file.began_at is not None]
    span = f" of pulls from {min(days):%Y-%m-%d} to {max(days):%Y-%m-%d}" if days else ""
    parts = [
        f"{count_noun(len(found.files), 'raw file')}{span}, {count_noun(found.size, 'byte')}",
        f"the text of {count_noun(found.texts, 'refused row')}",
    ]
    what = ", and ".join(parts if found.texts else parts[:1])
    if request.is_confirmed:
        click.echo(f"{request.source}: deleted {what}. All figures are as before; these bytes cannot be read again.")
    elif found.files or found.texts:
        click.echo(f"{request.source}: would delete {what}. No figure changes.")
        click.echo("Nothing was deleted. To delete it, add --yes; the bytes can then no longer be read again.")
    else:
        click.echo(f"{request.source}: there is nothing to delete.")
