"""Settings of a Bluesky account, and its metrics."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from sources.contract import Metric, SourceSettings

ACCOUNT_COUNTERS = ("followersCount", "followsCount", "postsCount")
POST_COUNTERS = ("likeCount", "repostCount", "replyCount", "quoteCount")


def _actor(text: str) -> str:
    name = text.removeprefix("@")
    if "." not in name and not name.startswith("did:"):
        raise ValueError(
            f"'{text}' is not a handle: write all of it, such as library.bsky.social, or the account's did"
        )
    return name


class BlueskySettings(SourceSettings):
    """An account."""

    type: Literal["bluesky"]
    url: str = Field("https://public.api.bsky.app", description="address of the service")
    account: Annotated[str, AfterValidator(_actor)] = Field(
        description="handle of the account, such as library.bsky.social, or its did, which never changes"
    )
    replies: bool = Field(default=True, description="count the account's replies among its posts")
    post_days: int = Field(
        30, ge=0, le=3660, description="collect the interactions of posts up to this many days old; 0 for none"
    )
    page_size: int = Field(100, ge=1, le=100, description="posts in one answer")
    restated_days: int = Field(
        7, ge=0, description="trailing days that each run reads again, for posts that were deleted"
    )
    deep_days: int = Field(
        90, ge=0, description="trailing days that the first run of each month reads again; 0 for none"
    )


METRICS = (
    Metric("posts", "posts", "flow", "posts published by the account, reposts not counted", absent="zero"),
    Metric("followersCount", "followers", "reading", "followers of the account as it says"),
    Metric("followsCount", "accounts", "reading", "accounts that the account follows"),
    Metric("postsCount", "posts", "reading", "all posts of the account as its profile says, replies among them"),
    Metric("likeCount", "likes", "reading", "likes of a post as they stood; the entity is the post's at-uri"),
    Metric("repostCount", "reposts", "reading", "reposts of a post as they stood; the entity is the post's at-uri"),
    Metric("replyCount", "replies", "reading", "replies to a post as they stood; the entity is the post's at-uri"),
    Metric("quoteCount", "quotes", "reading", "posts that quote a post as they stood; the entity is the post's at-uri"),
)
