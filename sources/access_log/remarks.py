"""What a delivery of logs shows about itself, one sentence each, so that no number is read as more than it is."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from sources.access_log.copies import FileRead, Hole, Summary
from sources.access_log.settings import AccessLogSettings
from sources.access_log.view_counts import ViewCounts
from warehouse.schema import Window

LEAST_VIEWS, DAY_S = 100, 86_400
SHARE_OF_FEW, SHARE_OF_ROBOTS = 0.8, 0.95


def forms_read(files: Sequence[FileRead]) -> Iterator[str]:
    """In which form the files were read."""
    names: dict[str, list[str]] = {}
    for file in files:
        names.setdefault(file.form, []).append(file.name)
    for form, found in names.items():
        yield f"{named(found)} read as {form}"


def named(files: Sequence[str]) -> str:
    return ", ".join(files) if len(files) < 4 else f"{files[0]}, {files[1]} and {len(files) - 2} more files"


def times(counted: Summary) -> Iterator[str]:
    """``counted``: the requests that count, of which there are some."""
    if counted["once"].sum() < LEAST_VIEWS or counted.spread("once_first", "once_last") <= DAY_S:
        return
    if 0 in (counted.spread("least_second", "greatest_second"), counted.spread("least_minute", "greatest_minute")):
        regular = "all requests lie in the same second of the minute or in the same minute of the hour"
        yield f"{regular}: double clicks and visits are not reliable"


def few_clients(counts: ViewCounts, settings: AccessLogSettings) -> Iterator[str]:
    """Whether a few clients have almost all the views of people."""
    views, top = counts.people.total(), sum(counts.top_clients)
    if views < LEAST_VIEWS or top / views < SHARE_OF_FEW:
        return
    who = "one client" if counts.clients == 1 else f"{len(counts.top_clients)} clients"
    do = (
        "name your proxies in client: {trusted: [...]}"
        if settings.client.from_ == "first_forwarded"
        else "if the lines have the header X-Forwarded-For too, write client: {from: first_forwarded}; otherwise have "
        "the server log it"
    )
    yield (
        f"{top / views:.0%} of the page views come from {who}: if these are a proxy, a gateway or load balancers, "
        f"visits are too few, for behind a proxy all readers look like one; {do}"
    )


def mostly_robots(counts: ViewCounts) -> Iterator[str]:
    """Whether almost all views are by robots, and how many of these have no user agent."""
    robots = counts.robots.total()
    views = robots + counts.people.total()
    if views < LEAST_VIEWS or robots / views <= SHARE_OF_ROBOTS:
        return
    empty = counts.nameless_robots / robots
    do = (
        f"{empty:.0%} of them have an empty user agent: if the server does not log agents, write empty_agent: visitor"
        if empty > 0.5
        else "if readers are among them, look at robot_lists and also_robots"
    )
    yield f"{robots / views:.0%} of {views:,} page views are by robots; {do}"


def twice(every: Summary) -> Iterator[str]:
    """How many lines stand in two files."""
    if count := int(every["requests"].sum() - every["once"].sum()):
        yield f"{count:,} lines stand in two files each: they count once"


def outages(windows: Sequence[Window]) -> Iterator[str]:
    """``windows``: the days that have lines."""
    for before, after in pairwise(windows):
        yield f"no line on {Window(before.end, after.start)}: an outage or a missing file; these days stay missing"


def missing_files(found: Sequence[Hole]) -> Iterator[str]:
    """Where a file is missing."""
    for hole in found:
        hours = (hole.end - hole.start) / 3600
        yield (
            f"no line for {hours:.0f} hours between the end of {hole.before} and the beginning of {hole.after}: "
            "a file is missing or breaks off; the days at both ends are partial"
        )
