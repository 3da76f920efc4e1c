"""The news as RSS 2.0 (https://www.rssboard.org/rss-specification) and the blog as Atom (RFC 4287)."""

from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from xml.sax.saxutils import escape

from sandbox.days import ZONE, first_day
from sandbox.items import CATEGORIES, SITE, Post, posts, utc
from sandbox.response import Response

NEWEST = 20
_RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">
<channel>
<title>Riverside Library: news</title>
<link>{site}/news/</link>
<description>What is new at Riverside Library</description>
<language>en-gb</language>
<lastBuildDate>{built}</lastBuildDate>
<atom:link href="{site}/news/feed.xml" rel="self" type="application/rss+xml"/>
{items}</channel>
</rss>
"""
_ITEM = """<item>
<title>{title}</title>
<link>{link}</link>
<guid isPermaLink="false">{site}/?p={id}</guid>
<pubDate>{published}</pubDate>
<category>{category}</category>
<description>{title}</description>
</item>
"""
_ATOM = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en-GB">
<title>Riverside Library: blog</title>
<id>{site}/blog/</id>
<link rel="alternate" type="text/html" href="{site}/blog/"/>
<link rel="self" type="application/atom+xml" href="{site}/blog/atom.xml"/>
<updated>{updated}</updated>
<author><name>Riverside Library</name></author>
{entries}</feed>
"""
_ENTRY = """<entry>
<title>{title}</title>
<id>tag:library.riverside.example,2018:post-{id}</id>
<link rel="alternate" type="text/html" href="{link}"/>
<published>{published}</published>
<updated>{updated}</updated>
<category term="{category}"/>
<summary>{title}</summary>
</entry>
"""


def _newest(seed: int, today: date, category: int) -> tuple[list[Post], datetime]:
    """The newest posts of a category, newest first, and when the feed last changed (aware UTC)."""
    chosen = [post for post in posts(seed, today) if post.category == category][-NEWEST:][::-1]
    start = datetime.combine(first_day(today), time(), UTC)
    return chosen, max((utc(post.modified) for post in chosen), default=start)


def rss(seed: int, today: date) -> tuple[Response, datetime]:
    """The newest 20 news items and when the feed last changed."""
    chosen, changed = _newest(seed, today, 4)
    items = "".join(
        _ITEM.format(
            title=escape(post.title),
            link=post.link,
            site=SITE,
            id=post.id,
            published=format_datetime(post.published.replace(tzinfo=ZONE)),
            category=CATEGORIES[post.category],
        )
        for post in chosen
    )
    return Response(
        200,
        _RSS.format(site=SITE, built=format_datetime(changed), items=items).encode(),
        "application/rss+xml; charset=UTF-8",
    ), changed


def atom(seed: int, today: date) -> tuple[Response, datetime]:
    """The newest 20 blog posts and when the feed last changed."""
    chosen, changed = _newest(seed, today, 3)
    entries = "".join(
        _ENTRY.format(
            title=escape(post.title),
            link=post.link,
            id=post.id,
            published=post.published.replace(tzinfo=ZONE).isoformat(),
            updated=post.modified.replace(tzinfo=ZONE).isoformat(),
            category=CATEGORIES[post.category],
        )
        for post in chosen
    )
    return Response(
        200,
        _ATOM.format(site=SITE, updated=changed.isoformat(), entries=entries).encode(),
        "application/atom+xml; charset=UTF-8",
    ), changed
