"""Settings of a Mastodon account, and its metrics."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from sources.contract import Metric, SourceSettings
from sources.secrets import SecretRef

ACCOUNT_COUNTERS = ("followers_count", "following_count", "statuses_count")
POST_COUNTERS = ("favourites_count", "reblogs_count", "replies_count")


def _local_name(text: str) -> str:
    name = text.removeprefix("@")
    if "@" in name:
        raise ValueError(
            f"write only the name, '{name.partition('@')[0]}', and the account's own server into url: "
            "another server knows only a part of its posts"
        )
    if not name:
        raise ValueError("the name of the account is empty")
    return name


class MastodonSettings(SourceSettings):
    """An account and its server."""

    type: Literal["mastodon"]
    url: str = Field(description="address of the server on which the account lives, such as https://glammr.us")
    account: Annotated[str, AfterValidator(_local_name)] = Field(description="name of the account, without the server")
    token: SecretRef | None = Field(None, description="access token, if the server requires one")
    replies: bool = Field(default=True, description="count the account's replies among its posts")
    post_days: int = Field(
        30, ge=0, le=3660, description="collect the interactions of posts up to this many days old; 0 for none"
    )
    page_size: int = Field(40, ge=1, le=40, description="posts in one answer")
    restated_days: int = Field(
        7, ge=0, description="trailing days that each run reads again, for posts that were deleted"
    )
    deep_days: int = Field(
        90, ge=0, description="trailing days that the first run of each month reads again; 0 for none"
    )


METRICS = (
    Metric("statuses", "posts", "flow", "posts published by the account, reposts not counted", absent="zero"),
    Metric("followers_count", "followers", "reading", "followers of the account as it says"),
    Metric("following_count", "accounts", "reading", "accounts that the account follows"),
    Metric("statuses_count", "posts", "reading", "all posts of the account as it says, replies and reposts among them"),
    Metric(
        "favourites_count", "favourites", "reading", "favourites of a post as they stood; the entity is the post's id"
    ),
    Metric("reblogs_count", "reposts", "reading", "reposts of a post as they stood; the entity is the post's id"),
    Metric("replies_count", "replies", "reading", "replies to a post as they stood; the entity is the post's id"),
)
