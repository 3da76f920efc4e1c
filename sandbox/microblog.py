"""What Riverside Library posts on its networks, with the reactions: by seed, day and present time.

One post in two days is withdrawn 40 hours after it appeared, so a day's count falls while it is young.
"""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from sandbox.days import DAY, ZONE, days, season
from sandbox.history import chance, lift

OPENED = date(2023, 3, 6)
"""The day on which the accounts were opened."""
WITHDRAWN_AFTER = timedelta(hours=40)
_WORDS = (
    "New in the reading room",
    "From the archive",
    "Ask a librarian",
    "This week's workshop",
    "Knowledge map updated",
    "Thank you all",
)


@dataclass(frozen=True, slots=True)
class Note:
    """A post, a reply or a repost; ``at`` is aware UTC. ``appeal`` is how many people will like it in the end."""

    at: datetime
    text: str
    kind: str
    appeal: int
    withdrawn: datetime | None = None

    def is_visible(self, now: datetime) -> bool:
        return self.at <= now and (self.withdrawn is None or now < self.withdrawn)

    def likes(self, now: datetime) -> int:
        """Half of them come in the first day."""
        return round(self.appeal * (1 - math.pow(0.5, (now - self.at) / DAY)))


@lru_cache(maxsize=20_000)
def notes(seed: int, network: str, day: date) -> tuple[Note, ...]:
    """What was posted on a local day, oldest first: two or three posts, a reply now and then, a repost on most days."""
    draw = chance(seed, network, day)
    posts = 2 + (draw.random() < 0.4)
    kinds = (
        ["post"] * posts
        + ["reply"] * (draw.random() < 0.3)
        + ["repost"] * (draw.random() < 0.7)
        + ["private"] * (draw.random() < 0.1)
    )
    begin = datetime.combine(day, time(8), ZONE).astimezone(UTC)
    found = []
    for at, kind in enumerate(kinds):
        moment = begin + timedelta(seconds=draw.randint(0, 3000) + 3600 * at * 2, milliseconds=draw.randint(0, 999))
        withdrawn = moment + WITHDRAWN_AFTER if at == posts - 1 and day.toordinal() % 2 else None
        appeal = round(9 * lift(day) * season(day) * math.exp(draw.gauss(0, 0.6)))
        found.append(Note(moment, f"{draw.choice(_WORDS)} ({day:%d %B %Y})", kind, appeal, withdrawn))
    return tuple(found)


def visible_notes(seed: int, network: str, now: datetime) -> list[Note]:
    """What a reader sees at ``now``, newest first."""
    today = now.astimezone(ZONE).date()
    found = [note for day in days(OPENED, today + DAY) for note in notes(seed, network, day) if note.is_visible(now)]
    return found[::-1]


def followers(seed: int, network: str, now: datetime) -> int:
    """Followers at ``now``: a few more each week, a few less now and then."""
    today = now.astimezone(ZONE).date()
    return 120 + sum(
        round(0.6 * lift(day) + chance(seed, network, "followers", day).gauss(0.3, 0.9)) for day in days(OPENED, today)
    )
