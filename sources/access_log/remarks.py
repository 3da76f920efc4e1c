"""What a delivery of logs shows about itself, one sentence each, so that no number is read as more than it is."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from sources.access_log.copies import FileRead
from sources.access_log.settings import AccessLogSettings
from sources.access_log.visits import IntArray

LEAST_VIEWS = 100
FEW_CLIENTS, SHARE_OF_FEW, SHARE_OF_ROBOTS = 5, 0.8, 0.95


def forms_read(files: Sequence[FileRead]) -> Iterator[str]:
    """In which form the files were read."""
    names: dict[str, list[str]] = {}
    for file in files:
        names.setdefault(file.form, []).append(file.name)
    for form, found in names.items():
        yield f"{named(found)} read as {form}"


def named(files: Sequence[str]) -> str:
    return ", ".join(files) if len(files) < 4 else f"{files[0]}, {files[1]} and {len(files) - 2} more files"


def times(at: IntArray) -> Iterator[str]:
    if at.size >= LEAST_VIEWS and np.ptp(at) > 86_400 and (np.ptp(at % 60) == 0 or np.ptp(at // 60 % 60) == 0):
        regular = "all requests lie in the same second of the minute or in the same minute of the hour"
        yield f"{regular}: double clicks and visits are not reliable"


def few_clients(counts: IntArray, settings: AccessLogSettings) -> Iterator[str]:
    """``counts``: the page views of each client that is a person."""
    if counts.sum() < LEAST_VIEWS:
        return
    share = np.sort(counts)[::-1][:FEW_CLIENTS].sum() / counts.sum()
    if share < SHARE_OF_FEW:
        return
    who = "one client" if counts.size == 1 else f"{min(FEW_CLIENTS, counts.size)} clients"
    do = (
        "name your proxies in client: {trusted: [...]}"
        if settings.client.from_ == "first_forwarded"
        else "if the lines have the header X-Forwarded-For too, write client: {from: first_forwarded}; otherwise have "
        "the server log it"
    )
    yield (
        f"{share:.0%} of the page views come from {who}: if these are a proxy, a gateway or load balancers, visits are "
        f"too few, for behind a proxy all readers look like one; {do}"
    )


def mostly_robots(robots: NDArray[np.bool_], without_agent: Callable[[], NDArray[np.bool_]]) -> Iterator[str]:
    """Both say of each page view, double clicks left out, whether it is one."""
    if robots.size < LEAST_VIEWS or robots.mean() <= SHARE_OF_ROBOTS:
        return
    empty = (robots & without_agent()).sum() / robots.sum()
    do = (
        f"{empty:.0%} of them have an empty user agent: if the server does not log agents, write empty_agent: visitor"
        if empty > 0.5
        else "if readers are among them, look at robot_lists and also_robots"
    )
    yield f"{robots.mean():.0%} of {robots.size:,} page views are by robots; {do}"
