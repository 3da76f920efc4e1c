"""``kmi export``: the published tables as a workbook, CSV files, or a file of DuckDB, SQLite or Tableau."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import click

from flows.commands.exporting.contents import PUBLISHED, Contents, contents_of
from flows.commands.exporting.target import replaced_file
from flows.export_options import FORMS
from flows.output import count_noun
from plan.suggestion import suggest
from reports.site.folder import FolderKind, write_folder
from warehouse.errors import ConfigError
from warehouse.published_copy import published_copy
from warehouse.root import open_root

WRITERS = {
    "xlsx": ("workbook", "write_workbook", "is_our_workbook"),
    "duckdb": ("duckdb_file", "write_duckdb", "is_our_duckdb"),
    "sqlite": ("sqlite_file", "write_sqlite", "is_our_sqlite"),
    "hyper": ("hyper_file", "write_hyper", "is_our_hyper"),
}
"""The module of each form that is one file, and the names of its functions: each imports its library."""


@dataclass(frozen=True)
class ExportRequest:
    """``output``: where to write, by default beside; ``without``: published tables to leave out; ``force``: replace a
    file that no export made.
    """

    form: str
    output: Path | None
    without: Collection[str]
    force: bool


def export(address: str, request: ExportRequest) -> Path:
    """Write the published tables of the warehouse at ``address``; returns where.

    Raises ``ConfigError`` where nothing was published, a table to leave out does not exist, the target is not ours, or
    a library is missing; ``RetryableError`` where a run published meanwhile.
    """
    _check_names(request.without)
    path = request.output or Path(FORMS[request.form])
    notes: tuple[tuple[str, str], ...] = ()
    if request.form == "csv":
        from flows.commands.exporting.csv_folder import NOTE

        notes = (NOTE,)
    contents = contents_of(published_copy(open_root(address), PUBLISHED), request.without, notes)
    if request.form == "csv":
        _write_csv(path, contents, force=request.force)
    else:
        _write_file(path, contents, request)
    rows = sum(contents.row_count(table) for table in contents.published_tables)
    click.echo(f"written {path}: {count_noun(len(contents.tables), 'table')}, {count_noun(rows, 'published row')}")
    return path


def _check_names(names: Collection[str]) -> None:
    known = [table.name for table in PUBLISHED]
    for name in names:
        if name not in known:
            raise ConfigError(f"no published table is called '{name}'", where="--without", do=suggest(name, known))


def _write_csv(path: Path, contents: Contents, *, force: bool) -> None:
    from flows.commands.exporting.csv_folder import MARKER, csv_files

    write_folder(path, csv_files(contents), FolderKind("export", "CSV files", MARKER, force=force))


def _write_file(path: Path, contents: Contents, request: ExportRequest) -> None:
    module, write_name, check_name = WRITERS[request.form]
    functions = import_module(f"flows.commands.exporting.{module}")
    write: Callable[[Path, Contents], None] = getattr(functions, write_name)
    with replaced_file(path, getattr(functions, check_name), force=request.force) as part:
        write(part, contents)
