"""The options of ``kmi run``, and of ``kmi fleet run`` the file for metrics."""

import click

from flows.engines.choice import VARIABLE
from flows.options import DAY, together
from flows.report_options import WAIT

METRICS = click.option(
    "--metrics-file",
    "metrics",
    envvar="KMI_METRICS_FILE",
    metavar="PATH",
    help="Write the state of the sources, the run and the verdicts there, as OpenMetrics text.",
)
RUN_OPTIONS = together(
    click.option("--source", "sources", multiple=True, help="Only this source; may be repeated."),
    click.option("--from", "first", type=DAY, help="Backfill: first day."),
    click.option("--to", "last", type=DAY, help="Backfill: last day."),
    WAIT,
    click.option(
        "--engine",
        envvar=VARIABLE,
        help="What computes the series: duckdb, or an address of Ibis such as pyspark://.  [default: duckdb]",
    ),
    click.option(
        "--log-format",
        type=click.Choice(["text", "json"]),
        envvar="KMI_LOG_FORMAT",
        default="text",
        show_default=True,
        help="json: one JSON object a line for each event, and nothing else.",
    ),
    METRICS,
)
"""What is collected, how long it waits for another run, what computes the series, and what it tells programs."""
