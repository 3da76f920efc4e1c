"""Spark through Ibis: it reads the files of a table where they lie, on this machine or a cluster's shared folder.

Rows go in and out as Arrow. Ibis would take them through pandas, where a null text becomes NaN, which Spark 4.0 takes
for a text of its own (seen with Ibis 12 and pyspark 4.0.5).
"""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from flows.engines.engine import Query
from flows.engines.ibis_engine import engine_errors

if TYPE_CHECKING:
    import pyarrow as pa

    from flows.engines.engine import Rows
    from warehouse.table_scan import TableScan

SCHEME = "pyspark"
EXTRA = "km-indicators[spark]"
DEFAULTS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    # Spark would list more files than these in a job of its own, which takes longer than to list them.
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "100000",
}
"""Settings that an address may change."""


@dataclass(frozen=True, slots=True)
class SparkEngine:
    """At ``pyspark://folder?spark.master=local[2]``, with any settings of Spark."""

    full_address: str = field(repr=False)

    @property
    def address(self) -> str:
        return f"{SCHEME}://"

    def run(
        self, stored: Mapping[str, Query], results: tuple[Query, ...], tables: Mapping[str, "Rows"]
    ) -> "list[pa.Table]":
        """See ``Engine.run``. The session stays: another start of the JVM would take seconds."""
        with engine_errors(self.address, EXTRA), _without_notices(), ExitStack() as cleaning:
            session = _session(self.full_address)
            backend = _backend(session)
            for name, rows in tables.items():
                _provide(session, name, rows, cleaning)
            for name, query in stored.items():
                kept = backend.raw_sql(backend.compile(query.make())).persist()
                cleaning.callback(kept.unpersist)
                kept.createOrReplaceTempView(name)
                cleaning.callback(session.catalog.dropTempView, name)
            return [backend.raw_sql(backend.compile(query.make())).toArrow().cast(query.schema) for query in results]


def _session(address: str) -> Any:
    """The session of this process, with the settings of the address.

    Ibis would set each of them on the running session too, which Spark refuses for most (seen with Ibis 12).
    """
    parts = urlsplit(address)
    settings = {**DEFAULTS, **dict(parse_qsl(parts.query))}
    if folder := unquote(parts.path).removeprefix("/"):
        settings["spark.sql.warehouse.dir"] = str(Path("/", folder))
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("kmi")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


@contextmanager
def _without_notices() -> Iterator[None]:
    """Pyspark 4.3 says at each step that it does not support all of pandas 3, through which no row passes here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield


def _backend(session: Any) -> Any:
    import ibis

    return ibis.pyspark.connect(session)


def _provide(session: Any, name: str, rows: "Rows", cleaning: ExitStack) -> None:
    """Make the rows known under ``name``."""
    import pyarrow as pa

    if isinstance(rows, pa.Table):
        frame = session.createDataFrame(pa.Table.from_batches(rows.to_batches(), _nullable(rows.schema)))
    elif rows.files is None:
        frame = _read(session, rows, (("", (_spill(rows, cleaning),)),))
    else:
        frame = _read(session, rows, rows.files)
    frame.createOrReplaceTempView(name)
    cleaning.callback(session.catalog.dropTempView, name)


def _nullable(schema: "pa.Schema") -> "pa.Schema":
    import pyarrow as pa

    return pa.schema([item.with_nullable(True) for item in schema])


def _spill(scan: "TableScan", cleaning: ExitStack) -> str:
    """The rows in a Parquet file of this machine, written a batch at a time."""
    import pyarrow.parquet as pq

    path = Path(cleaning.enter_context(TemporaryDirectory(prefix="kmi-spark-"))) / "rows.parquet"
    with pq.ParquetWriter(path, scan.schema) as writer:
        for batch in scan.batches():
            writer.write_batch(batch)
    return str(path)


def _read(session: Any, scan: "TableScan", files: tuple[tuple[str, tuple[str, ...]], ...]) -> Any:
    """A frame over the files, with the columns and types of the scan; the source comes from the table's log."""
    from pyspark.sql import functions as f
    from pyspark.sql.pandas.types import from_arrow_schema

    schema = from_arrow_schema(scan.schema)
    frame = session.createDataFrame([], schema)
    for source, paths in files:
        addresses = [f"file://{path}" for path in paths]
        found = session.read.schema(schema).option("recursiveFileLookup", "true").parquet(*addresses)
        found = found.withColumn("source", f.lit(source)) if source else found
        frame = frame.unionByName(found.select(scan.schema.names))
    return frame
