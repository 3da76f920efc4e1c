"""A Hyper file, which Tableau opens as it is. Tableau's own library writes it; the extra ``hyper`` brings that."""

from pathlib import Path
from typing import Any

from flows.commands.exporting.contents import MADE_BY, MADE_BY_QUERY, Contents, without_lists
from warehouse.errors import ConfigError
from warehouse.root import table_rows
from warehouse.schema import DATE, INSTANT, TEXT, WHOLE, Table
from warehouse.schema.columns import NUMBER, YES_NO

QUIET = {"log_config": ""}
"""Hyper would write a log into the folder in which one works."""


def write_hyper(path: Path, contents: Contents) -> None:
    """Raises ``ConfigError`` where the library is not installed."""
    hyper = _library()
    with (
        _process(hyper) as process,
        hyper.Connection(process.endpoint, path, hyper.CreateMode.CREATE_AND_REPLACE) as session,
    ):
        for table in contents.tables:
            plain = without_lists(table)
            definition = _definition(hyper, plain)
            session.catalog.create_table(definition)
            with hyper.Inserter(session, definition) as inserter:
                for part in contents.parts(table):
                    inserter.add_rows(list(row.values()) for row in table_rows(part.select(plain.names)))
                inserter.execute()


def _definition(hyper: Any, table: Table) -> Any:
    kinds = {
        DATE: hyper.SqlType.date(),
        INSTANT: hyper.SqlType.timestamp_tz(),
        TEXT: hyper.SqlType.text(),
        WHOLE: hyper.SqlType.big_int(),
        NUMBER: hyper.SqlType.double(),
        YES_NO: hyper.SqlType.bool(),
    }
    null = {True: hyper.NULLABLE, False: hyper.NOT_NULLABLE}
    columns = [hyper.TableDefinition.Column(one.name, kinds[one.type], null[one.nullable]) for one in table.columns]
    return hyper.TableDefinition(table.name, columns)


def is_our_hyper(path: Path) -> bool:
    """Whether an export made this file, by its first fact."""
    hyper = _library()
    try:
        with _process(hyper) as process, hyper.Connection(process.endpoint, path) as session:
            found = session.execute_list_query(MADE_BY_QUERY)
    except hyper.HyperException:
        return False
    return any(str(text).startswith(MADE_BY) for (text,) in found)


def _process(hyper: Any) -> Any:
    return hyper.HyperProcess(hyper.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters=QUIET)


def _library() -> Any:
    try:
        import tableauhyperapi
    except ImportError:
        raise ConfigError(
            "a Hyper file needs Tableau's library", where="--to hyper", do="pip install 'km-indicators[hyper]'"
        ) from None
    return tableauhyperapi
