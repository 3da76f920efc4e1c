"""The options of ``kmi status``."""

import click

from flows.options import INSTANT, together

_KNOWN_ON = "Show the verdicts as they were at the end of this day, or at this instant (UTC)."
STATUS_OPTIONS = together(
    click.argument("indicators", nargs=-1, metavar="[INDICATOR]..."),
    click.option("--behind", "only_behind", is_flag=True, help="Only indicators that are behind."),
    click.option("--owner", help="Only indicators of this owner; a part of the name is enough."),
    click.option("--objective", help="Only indicators that serve this objective; a part of it is enough."),
    click.option("--exit-code", is_flag=True, help="Exit 3 when an indicator is behind."),
    click.option("--sources", "of_sources", is_flag=True, help="Show the sources instead of the indicators."),
    click.option("--as-known-on", "known_on", type=INSTANT, help=_KNOWN_ON),
    click.option("--settling", "source", metavar="SOURCE", help="Show how long its values still change, by age."),
)
"""What to show, and of which indicators."""
