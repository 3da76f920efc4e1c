"""AutoETS of statsforecast on two cores, in an environment of its own. Started by ``forecast.py`` with two files:
series in, forecasts out.

Told apart: the seconds of the forecast alone, on the clock and of the processors; starting and importing are not
counted.
"""

import resource
import sys
import time
import warnings

import numpy as np
import pandas as pd
from statsforecast import StatsForecast
from statsforecast.models import AutoETS, SeasonalNaive

CORES = 2


def spent() -> float:
    """Processor seconds of this process and of those it has waited for."""
    each = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in each)


def main() -> None:
    given = np.load(sys.argv[1])
    values, season, horizon = given["values"], int(given["season"]), int(given["horizon"])
    row, at = np.nonzero(~np.isnan(values))
    frame = pd.DataFrame({"unique_id": row, "ds": at, "y": values[row, at]})
    model = StatsForecast(
        [AutoETS(season_length=season)], freq=1, n_jobs=CORES, fallback_model=SeasonalNaive(season_length=season)
    )
    began, before = time.perf_counter(), spent()
    told = model.forecast(df=frame, h=horizon, level=[80, 95])
    clock, processor = time.perf_counter() - began, spent() - before
    told = told.sort_values(["unique_id", "ds"])
    columns = ("AutoETS", "AutoETS-lo-80", "AutoETS-lo-95", "AutoETS-hi-80", "AutoETS-hi-95")
    figures = np.stack([told[column].to_numpy().reshape(len(values), horizon) for column in columns])
    np.savez(sys.argv[2], figures=figures, clock=clock, processor=processor)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
