"""Page views, double clicks and visits, counted by the database. The order of lines does not matter: every rule sorts.

The rules and their terms: https://cop5.projectcounter.org/en/5.0.2/07-processing/
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from sources.access_log.request_table import RequestTable

if TYPE_CHECKING:
    import duckdb

VisitRule = Literal["hour_slice", "idle_30min"]

IDLE_S = 30 * 60
TOP_CLIENTS = 5

_COUNTED = "CREATE OR REPLACE TEMP TABLE counted AS SELECT * EXCLUDE (number, file, address) FROM views WHERE {part}"
_LAST_CLICKS = """
    CREATE OR REPLACE TEMP TABLE counted AS SELECT * EXCLUDE (following) FROM (
        SELECT
            second, day, hour, client, agent, path, robot, nameless,
            lead(second) OVER (PARTITION BY client, agent, address ORDER BY second) AS following
        FROM views WHERE {part}
    ) WHERE following IS NULL OR following - second > {seconds}
"""
_BY_DAY = """
    SELECT day, count(*) FILTER (robot), count(*) FILTER (NOT robot), count(*) FILTER (robot AND nameless)
    FROM counted GROUP BY day
"""
_CLIENTS = """
    SELECT list(views ORDER BY views DESC)[:{top}], count(*)
    FROM (SELECT count(*) AS views FROM counted WHERE NOT robot GROUP BY client)
"""
_VISITS = {
    "hour_slice": """
        SELECT day, count(*) FROM (SELECT DISTINCT client, agent, day, hour FROM counted WHERE {who}) GROUP BY day
    """,
    "idle_30min": """
        SELECT day, count(*) FROM (
            SELECT day, second - lag(second) OVER visitor AS silence, lag(day) OVER visitor AS day_before
            FROM counted WHERE {who} WINDOW visitor AS (PARTITION BY client, agent ORDER BY second)
        ) WHERE silence IS NULL OR silence > {idle} OR day <> day_before GROUP BY day
    """,
}
"""``hour_slice``: one visit per visitor, day and hour. ``idle_30min``: a visit ends when more than 30 minutes pass
without a view, and at midnight."""
_PAGES = "INSERT INTO page_counts SELECT day, path, count(*) FROM counted WHERE {who} GROUP BY day, path"
_BY_PAGE = """
    SELECT day, paths.path, sum(views)::BIGINT FROM page_counts JOIN paths ON page_counts.number = paths.number
    GROUP BY day, paths.path
"""
_TWICE = """
    SELECT arg_min(path, first), count(*) FROM (SELECT path, min(number) AS first FROM paths GROUP BY path)
    WHERE path <> '/'::BLOB AND path || '/'::BLOB IN (SELECT path FROM paths)
"""


@dataclass
class ViewCounts:
    """The page views without double clicks, by local day (``date.toordinal``).

    by_page: of those that count, by day and path. nameless_robots: robots by an empty user agent. top_clients: the
    views of the people with most of them, the most first, of ``clients`` people in all.
    """

    robots: Counter[int] = field(default_factory=Counter)
    people: Counter[int] = field(default_factory=Counter)
    visits: Counter[int] = field(default_factory=Counter)
    by_page: dict[tuple[int, str], int] = field(default_factory=dict)
    nameless_robots: int = 0
    top_clients: tuple[int, ...] = ()
    clients: int = 0


def count_views(table: RequestTable, double_click_s: int, rule: VisitRule, who: str, *, by_page: bool) -> ViewCounts:
    """Count the views of a table part by part: each part has all the views of its clients.

    double_click_s: of a chain of views of one address by one visitor within so many seconds the last one counts; 0: all
    count. who: the condition of what counts in visits and by page.
    """
    connection, found = table.connection, ViewCounts()
    connection.execute("CREATE TABLE page_counts (day INTEGER, number BIGINT, views BIGINT)")
    for part in table.view_parts():
        statement = _LAST_CLICKS if double_click_s else _COUNTED
        connection.execute(statement.format(part=part, seconds=double_click_s))
        _add_counts(connection, found)
        for day, count in connection.sql(_VISITS[rule].format(who=who, idle=IDLE_S)).fetchall():
            found.visits[day] += count
        if by_page:
            connection.execute(_PAGES.format(who=who))
    if by_page:
        rows = connection.sql(_BY_PAGE).fetchall()
        found.by_page = {(day, _text(path)): count for day, path, count in rows}
    return found


def page_and_folder(table: RequestTable) -> tuple[str, int]:
    """The first path that was viewed both with and without a last slash, and how many there are; none: empty and 0."""
    ((path, count),) = table.connection.sql(_TWICE).fetchall()
    return _text(path) if count else "", count


def _add_counts(connection: "duckdb.DuckDBPyConnection", found: ViewCounts) -> None:
    for day, robots, people, nameless in connection.sql(_BY_DAY).fetchall():
        found.robots[day] += robots
        found.people[day] += people
        found.nameless_robots += nameless
    ((top, clients),) = connection.sql(_CLIENTS.format(top=TOP_CLIENTS)).fetchall()
    found.top_clients = (*sorted((*found.top_clients, *(top or ())), reverse=True)[:TOP_CLIENTS],)
    found.clients += clients


def path_bytes(path: str) -> bytes:
    """A path as the database keeps it: a line of JSON may hold half a character."""
    return path.encode("utf-8", "surrogatepass")


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogatepass")
