"""The engine that the operator chose, by its address."""

from difflib import get_close_matches
from importlib.metadata import entry_points
from importlib.util import find_spec

from flows.engines.duckdb_engine import DuckDbEngine
from flows.engines.engine import Engine
from flows.engines.ibis_engine import IbisEngine
from flows.engines.spark_engine import SCHEME, SparkEngine
from warehouse.errors import ConfigError

DUCKDB = DuckDbEngine()
VARIABLE = "KMI_ENGINE"


def engine_at(address: str | None) -> Engine:
    """The engine at an address: duckdb (the default) or one of Ibis, such as ``pyspark://?spark.master=local[2]``.

    It is connected when it is first used. Raises ``ConfigError`` for an unknown one, or where its library is missing.
    """
    if address in {None, "", DUCKDB.address}:
        return DUCKDB
    name, found, _ = str(address).partition("://")
    backends = {point.name for point in entry_points(group="ibis.backends")}
    if name not in backends:
        near = get_close_matches(name, sorted(backends | {DUCKDB.address}), 1)
        do = f"did you mean '{near[0]}'?" if near else "write duckdb, or an address of Ibis such as pyspark://"
        raise ConfigError(f"'{name}' is not an engine", where=f"--engine or {VARIABLE}", do=do)
    if not found:
        raise ConfigError(f"'{name}' is not an address", where=f"--engine or {VARIABLE}", do=f"write {name}://")
    if name != SCHEME:
        return IbisEngine(str(address))
    if find_spec("pyspark") is None:
        do = "install it: pip install 'km-indicators[spark]', or in a checkout uv sync --extra spark"
        raise ConfigError("Spark is not installed", where=f"{name}://", do=do)
    return SparkEngine(str(address))
