"""What Riverside Library publishes: news, posts, pages, repository records and a log of publications.

Each item is drawn by the day on which it first appeared. Its later changes (moved, changed, withdrawn) have days of
their own, so a list depends on ``today`` through those days alone.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from random import Random

from sandbox.days import EPOCH, ZONE, days, first_day
from sandbox.history import chance

SITE = "https://library.riverside.example"
_BLOG = (
    "Notes from the {t} shelves",
    "How we answer questions on {t}",
    "Five ways into {t}",
    "What readers asked about {t}",
    "{t}: a guide is born",
)
_NEWS = (
    "New guide: {t}",
    "Workshop on {t} this month",
    "{t} & more: opening hours",
    "Exhibition: {t}",
    "Changes to the {t} collection",
)
_RECORD = (
    "On {t} in river towns",
    "{t}: evidence from three branches",
    "Measuring {t}",
    "{t} and its readers <a case study>",
    "Towards a history of {t}",
)
_TOPIC = (
    "local history",
    "open data",
    "café culture",
    "maps",
    "family records",
    "science fiction",
    "patents",
    "early music",
    "gardens",
    "statistics",
)
_AUTHORS = ("Ashdown, R.", "Brontë, L.", "Okafor, N.", "Ødegård, K.", "Patel, S.")
SETS = {"articles": "Articles", "reports": "Reports", "theses": "Theses & dissertations"}
TYPES = {"articles": "Article", "reports": "Report", "theses": "Thesis"}
CATEGORIES = {3: "Blog", 4: "News"}


@dataclass(frozen=True, slots=True)
class Post:
    """A post or page; ``published`` and ``modified`` are local times without a zone; ``category`` is 0 for a page."""

    id: int
    kind: str
    category: int
    title: str
    slug: str
    author: int
    published: datetime
    modified: datetime

    @property
    def link(self) -> str:
        return f"{SITE}/{self.slug}/" if self.kind == "page" else f"{SITE}/{self.published:%Y/%m}/{self.slug}/"


@dataclass(frozen=True, slots=True)
class Record:
    """A repository record. ``datestamp``: aware UTC, its last change; ``issued``: day, month or year as text."""

    identifier: str
    set_spec: str
    title: str
    creator: str
    issued: str
    datestamp: datetime
    deleted: bool


@dataclass(frozen=True, slots=True)
class Publication:
    """One line of the publication log."""

    day: date
    kind: str
    id: str
    title: str


def utc(local: datetime) -> datetime:
    """A local time of the site as aware UTC."""
    return local.replace(tzinfo=ZONE).astimezone(UTC)


def _slug(title: str) -> str:
    return "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in title.lower()).split())


def _title(draw: Random, patterns: tuple[str, ...]) -> str:
    topic = draw.choice(_TOPIC)
    text = draw.choice(patterns).format(t=topic)
    return text[0].upper() + text[1:]


def _post(seed: int, day: date, category: int, today: date) -> Post | None:
    draw = chance(seed, "post", category, day)
    likely = {3: (0, 0.75, 0, 0.3, 0, 0, 0), 4: (0.5, 0, 0.5, 0, 0.4, 0, 0)}[category][day.weekday()]
    if draw.random() >= likely:
        return None
    title = _title(draw, _BLOG if category == 3 else _NEWS)
    published = datetime.combine(day, time(draw.randint(8, 17), draw.randrange(60), draw.randrange(60)))
    author, fate = draw.randint(1, 4), draw.random()
    modified = published
    if fate < 0.02 and today > day + timedelta(days=15):
        return None
    if 0.02 <= fate < 0.07 and today > day + timedelta(days=10):
        published = modified = published + timedelta(days=10)
    elif 0.07 <= fate < 0.2 and today > day + timedelta(days=3):
        modified = published + timedelta(days=3, minutes=25)
    number = (day - EPOCH).days * 2 + category % 2 + 10_000
    return Post(number, "post", category, title, f"{_slug(title)}-{number}", author, published, modified)


@lru_cache(maxsize=8)
def posts(seed: int, today: date) -> tuple[Post, ...]:
    """Posts on the site at the first minute of ``today``, oldest first.

    Moved posts have their new date, withdrawn ones are gone.
    """
    drawn = (_post(seed, day, category, today) for day in days(first_day(today), today) for category in CATEGORIES)
    return tuple(sorted((post for post in drawn if post), key=lambda post: (post.published, post.id)))


@lru_cache(maxsize=8)
def pages(seed: int, today: date) -> tuple[Post, ...]:
    """The site's pages by date: ten as old as the site, and a guide in the middle of every second month."""
    names = (
        "About",
        "Contact",
        "Opening hours",
        "Guides",
        "Training",
        "Ask us",
        "Rooms",
        "Borrowing",
        "Accessibility",
        "Privacy",
    )
    made = [(datetime.combine(date(2018, 2 + n, 3 + 2 * n), time(11, 15, n)), name) for n, name in enumerate(names)]
    guides = [day for day in days(first_day(today), today) if day.month % 2 and day.day == 15]
    made += [
        (datetime.combine(day, time(14, 5)), f"Guide to {chance(seed, 'page', day).choice(_TOPIC)} {day:%m/%Y}")
        for day in guides
    ]
    found = []
    for published, title in made:
        changed = published + timedelta(days=chance(seed, "changed", published).randint(1, 40))
        number = 10 + (published.date() - EPOCH).days * 2
        found.append(
            Post(number, "page", 0, title, _slug(title), 1, published, changed if changed.date() < today else published)
        )
    return tuple(sorted(found, key=lambda page: (page.published, page.id)))


def _record(seed: int, day: date, number: int, today: date) -> Record:
    draw = chance(seed, "record", day, number)
    set_spec, title, creator = draw.choice(tuple(SETS)), _title(draw, _RECORD), draw.choice(_AUTHORS)
    stamp = datetime(
        day.year, day.month, day.day, draw.randint(8, 18), draw.randrange(60), draw.randrange(60), tzinfo=UTC
    )
    day_issued, exactness, fate = day - timedelta(days=draw.randint(0, 20)), draw.random(), draw.random()
    issued = (
        f"{day_issued:%Y}"
        if exactness < 0.12
        else f"{day_issued:%Y-%m}"
        if exactness < 0.18
        else day_issued.isoformat()
    )
    deleted = fate < 0.02 and today > day + timedelta(days=45)
    if deleted:
        stamp += timedelta(days=45)
    elif 0.02 <= fate < 0.12 and today > day + timedelta(days=30):
        stamp += timedelta(days=30)
    return Record(
        f"oai:repository.riverside.example:{day:%y%m%d}{number}", set_spec, title, creator, issued, stamp, deleted
    )


@lru_cache(maxsize=8)
def records(seed: int, today: date) -> tuple[Record, ...]:
    """Records deposited before ``today`` by datestamp and identifier; withdrawn ones stay as deleted."""
    found = []
    for day in days(first_day(today), today):
        if day.weekday() < 5:
            count = chance(seed, "deposits", day).choices((0, 1, 2), (0.55, 0.3, 0.15))[0]
            found += [_record(seed, day, number, today) for number in range(1, count + 1)]
    return tuple(sorted(found, key=lambda record: (record.datestamp, record.identifier)))


@lru_cache(maxsize=8)
def publications(seed: int, today: date) -> tuple[Publication, ...]:
    """The log as typed, oldest first; the second entry is in it twice, the second time with a longer title."""
    found = []
    for day in days(first_day(today), today):
        draw = chance(seed, "publication", day)
        if day.weekday() == 3 and draw.random() < 0.55:
            kind = draw.choice(("guide", "guide", "report", "video"))
            found.append(Publication(day, kind, f"RL-{day:%y%j}", _title(draw, _NEWS)))
    again = found[1]
    return (*found[:3], Publication(again.day, again.kind, again.id, again.title + " (second entry)"), *found[3:])
