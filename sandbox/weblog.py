"""The web server's access log: combined format, one file a week, rotated on Sunday at 06:25 local time."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from random import Random

from sandbox.days import DAY, ZONE, days, season
from sandbox.history import chance, lift

WEEKS = 17
"""Rotated files that are kept; with the running one some 120 days."""
ROTATED = time(6, 25)
_MALFORMED = '203.0.113.77 - - [{stamp}] "GET /km/guides/ma\n'
_PAGES = (
    "/",
    "/km/",
    "/km/guides/",
    "/km/guides/finding",
    "/km/guides/citing",
    "/km/guides/maps",
    "/km/training",
    "/km/ask?from=menu",
    "/opening-hours",
    "/contact",
)
_WEIGHTS = (10, 9, 12, 8, 6, 5, 6, 4, 7, 2)
_ASSETS = ("/assets/site.css", "/assets/site.js", "/assets/logo.png")
_PEOPLE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 "
    "Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0",
    'Mozilla/5.0 (Linux; Android 14; \\"Tab\\") AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36',
)
_ROBOTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "python-requests/2.32.3",
    "-",
)
_REFERRERS = ("-", "-", "https://www.google.com/", "https://library.riverside.example/")


def rotations(today: date) -> list[date]:
    """The Sundays whose rotated files exist at the first minute of ``today``, oldest first."""
    newest = today - DAY
    newest -= timedelta(days=(newest.weekday() + 1) % 7)
    return [newest - timedelta(weeks=n) for n in reversed(range(WEEKS))]


def rotated_lines(seed: int, rotation: date) -> str:
    """The file rotated on the Sunday ``rotation``: a week of lines.

    Every 17th week one line is cut off by a full disk.
    """
    start, end = datetime.combine(rotation - timedelta(weeks=1), ROTATED), datetime.combine(rotation, ROTATED)
    broken = rotation.toordinal() // 7 % WEEKS == 0
    return _text(seed, start, end, datetime.combine(rotation, time(2, 14)) if broken else None)


def current_lines(seed: int, today: date) -> str:
    """The running file: from the newest rotation to the midnight before ``today``."""
    return _text(seed, datetime.combine(rotations(today)[-1], ROTATED), datetime.combine(today, time()), None)


def _text(seed: int, start: datetime, end: datetime, broken: datetime | None) -> str:
    found = [
        (at, line)
        for day in days(start.date(), end.date() + DAY)
        for at, line in day_lines(seed, day)
        if start <= at < end
    ]
    if broken:
        found.append((broken, _MALFORMED.format(stamp=_stamp(broken))))
    return "".join(line for _, line in sorted(found))


@lru_cache(maxsize=256)
def day_lines(seed: int, day: date) -> tuple[tuple[datetime, str], ...]:
    """Local time without a zone and line of every request on ``day``, in order."""
    draw = chance(seed, "web", day)
    people = round(64 * season(day) * lift(day) * (0.6 if day.weekday() > 4 else 1) * draw.uniform(0.85, 1.15))
    found = [hit for _ in range(people) for hit in _visit(draw, day)]
    found += [hit for _ in range(draw.randint(75, 95)) for hit in _robot(draw, day)]
    return tuple(sorted(found))


def _visit(draw: Random, day: date) -> Iterator[tuple[datetime, str]]:
    """One person: one to five pages and what the pages load; some press twice."""
    address = f"198.51.100.{draw.randint(1, 254)}" if draw.random() < 0.9 else f"2001:db8::{draw.randrange(65_536):x}"
    agent, referrer = draw.choice(_PEOPLE), draw.choice(_REFERRERS)
    at = datetime.combine(
        day,
        time(
            draw.choices(range(24), (1, 1, 1, 0, 0, 0, 1, 3, 6, 9, 10, 10, 8, 9, 10, 10, 9, 8, 6, 5, 5, 5, 3, 2))[0],
            draw.randrange(60),
            draw.randrange(60),
        ),
    )
    for number in range(draw.choices((1, 2, 3, 4, 5), (40, 25, 18, 10, 7))[0]):
        path = draw.choices(_PAGES, _WEIGHTS)[0]
        yield from _hit(at, address, path, 404 if draw.random() < 0.02 else 200, referrer, agent)
        if draw.random() < 0.05:
            yield from _hit(at + timedelta(seconds=draw.randint(1, 9)), address, path, 200, referrer, agent)
        if number == 0:
            for asset in draw.sample(_ASSETS, draw.randint(1, 2)):
                yield from _hit(at + timedelta(seconds=1), address, asset, draw.choice((200, 304)), "-", agent)
        at += timedelta(seconds=draw.randint(12, 400))


def _robot(draw: Random, day: date) -> Iterator[tuple[datetime, str]]:
    at = datetime.combine(day, time(draw.randrange(24), draw.randrange(60), draw.randrange(60)))
    path = draw.choice(("/robots.txt", *_PAGES[:7]))
    yield from _hit(at, f"192.0.2.{draw.randint(1, 254)}", path, 200, "-", draw.choice(_ROBOTS))


def _hit(
    at: datetime, address: str, path: str, status: int, referrer: str, agent: str
) -> Iterator[tuple[datetime, str]]:
    size = "-" if status == 304 else str(900 + len(path) * 131)
    yield at, f'{address} - - [{_stamp(at)}] "GET {path} HTTP/1.1" {status} {size} "{referrer}" "{agent}"\n'


def _stamp(local: datetime) -> str:
    """``24/Nov/2026:09:15:00 +0000``, whatever the machine's language."""
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    zoned = local.replace(tzinfo=ZONE)
    return f"{local.day:02}/{months[local.month - 1]}/{local.year}:{local:%H:%M:%S} {zoned:%z}"
