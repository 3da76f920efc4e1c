"""The frame that the checks look at: texts as codes, and beside each value the bounds it is compared with."""

from collections.abc import Iterable
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from warehouse.schema import DAY, FLAGS

Codes = npt.NDArray[np.integer]


def build_check_frame(observations: pd.DataFrame, bounds: pd.DataFrame, earliest: date, latest: date) -> pd.DataFrame:
    """The observations by position, with their bounds (columns metric, each once, declared_unit, least and most).

    Every text is a categorical, so that an expectation compares codes and each text is held once. The origin, a
    different text in every row, is left out: no expectation needs it, and Great Expectations hashes every column twice.
    """
    metric, entity, unit = (_coded(observations[name]) for name in ("metric", "entity", "unit"))
    declared = pd.Index(bounds["declared_unit"])
    units = pd.CategoricalDtype(unit.categories.union(declared, sort=False).unique())  # only one type compares
    of_metric = bounds.set_index("metric").reindex(metric.categories).astype({"declared_unit": units})
    of_entity = pd.DataFrame({"entity_length": entity.categories.str.len().astype("float64")})
    flags, sets = pd.factorize(observations["flags"].to_numpy(dtype=object), use_na_sentinel=False)
    own = {
        "metric": metric,
        "entity": entity,
        "unit": unit.set_categories(units.categories),
        "start": observations["start"].to_numpy(),
        "end": observations["end"].to_numpy(),
        "value": observations["value"].to_numpy(dtype="float64"),
    }
    spread = (
        _spread(of_metric, metric.codes),
        _spread(of_entity, entity.codes),
        _spread(_of_flags(sets, latest), flags),
    )
    return pd.concat([pd.DataFrame(own), *spread], axis="columns").assign(earliest=np.datetime64(earliest, "us"))


def _of_flags(sets: Iterable[object], latest: date) -> pd.DataFrame:
    """For each set of flags: its text, its unknown flags, and the latest end that a row with it may have."""
    tuples = [flags if isinstance(flags, tuple) else None for flags in sets]
    ends = [pd.NaT if "partial" in (flags or ()) else pd.Timestamp(latest + DAY) for flags in tuples]
    texts = {
        "flags": [None if flags is None else ", ".join(flags) for flags in tuples],
        "unknown_flags": [", ".join(sorted(set(flags or ()) - FLAGS.keys())) or None for flags in tuples],
    }
    coded = {name: _coded(pd.Series(found, dtype="str")) for name, found in texts.items()}
    return pd.DataFrame(coded | {"newest_end": pd.Series(ends, dtype="datetime64[us]")})


def _coded(texts: pd.Series) -> pd.Categorical:
    """The texts as codes; each text is held once."""
    codes, found = pd.factorize(texts.astype("str"))
    return pd.Categorical.from_codes(codes, pd.Index(found))


def _spread(table: pd.DataFrame, codes: Codes) -> pd.DataFrame:
    """A row of ``table`` for each code; nulls for -1."""
    return pd.DataFrame({name: pd.api.extensions.take(table[name].array, codes, allow_fill=True) for name in table})
