"""Settings of access logs: where they are, who a visitor is, and what counts as a page, a visit and a robot."""

from typing import Literal

from pydantic import Field

from sources.access_log.clients import ClientRule
from sources.access_log.json_lines import JsonField
from sources.access_log.lines import LogFormat
from sources.access_log.robots import RobotList
from sources.access_log.view_counts import VisitRule
from sources.contract import SourceSettings
from sources.files.location import Location
from sources.page_patterns import PathPattern
from sources.zone_setting import ZoneName


class AccessLogSettings(SourceSettings):
    """Where the logs are and what counts as a page, a visit and a robot."""

    type: Literal["access_log"]
    path: Location = Field(description="a file, a folder, a glob or an address; .gz, .bz2 and .xz are unpacked")
    format: LogFormat = Field(
        "auto",
        description="auto: as the first lines of each file show; combined; common (no user agent, so robots cannot be "
        "recognised); json; w3c (IIS, CloudFront); alb; haproxy (its own form, not the common one)",
    )
    fields: dict[JsonField, str] = Field(
        default_factory=dict,
        description="under which names JSON lines have a field, where the server's own names were changed; a dot leads "
        "into a mapping",
    )
    when_fewer: Literal["keep", "take"] = Field(
        "keep",
        description="what counts of a day of which the files hold fewer requests than before: keep the stored values, "
        "as a file was deleted or cut, or take the new ones",
    )
    client: ClientRule = Field(ClientRule(), description="which address of a line is the visitor's")
    log_time_zone: ZoneName | None = Field(
        None,
        description="zone of times that a log writes without one: by default UTC in W3C logs, time_zone in others",
    )
    pages: tuple[PathPattern, ...] = Field(
        (), description="the pages that count: beginnings of paths (/km/) or globs (*/guide-*); all by default"
    )
    exclude: tuple[PathPattern, ...] = Field((), description="pages that do not count, in the same way")
    only_html: bool = Field(
        default=True,
        description="leave out files that are not pages by their suffix: images, styles, scripts, feeds, documents",
    )
    by_page: bool = Field(
        default=False,
        description="page views of each path, instead of their sum; the query string is not part of a path",
    )
    visits: VisitRule = Field(
        "hour_slice",
        description="hour_slice: COUNTER, one per visitor and hour; idle_30min: ends after 30 minutes without a view",
    )
    robots: Literal["exclude", "include"] = Field(
        "exclude", description="whether robots count in page_views and visits"
    )
    robot_lists: tuple[RobotList, ...] = Field(
        ("counter-robots", "crawler-user-agents", "monitors"),
        description="the lists of robots; monitors are health checkers, uptime monitors and load tools",
    )
    also_robots: tuple[str, ...] = Field((), description="further robots: texts that occur in their user agent")
    empty_agent: Literal["robot", "visitor"] = Field("robot", description="what a visitor without a user agent is")
    keep_raw: bool = Field(
        default=False, description="keep the log lines under raw/ as well, with the addresses as raw_addresses says"
    )
    raw_addresses: Literal["pseudonyms", "as_logged"] = Field(
        "pseudonyms",
        description="visitors in the log lines that keep_raw keeps: pseudonyms, which hold for one day and lead "
        "back to nobody, or as the server logged them",
    )
    double_click_s: int = Field(
        30,
        ge=0,
        description="seconds within which the same address, requested again by the same visitor, counts once; 0: all",
    )
