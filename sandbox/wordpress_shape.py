"""The JSON of WordPress's responses, as in its schema for posts and types."""

import json
from datetime import UTC, date, datetime
from html import escape

from sandbox.days import ZONE
from sandbox.items import SITE, Post, utc
from sandbox.response import Response

Json = str | int | bool | None | list["Json"] | dict[str, "Json"]


def json_response(status: int, body: Json, headers: dict[str, str] | None = None) -> Response:
    return Response(
        status, json.dumps(body, ensure_ascii=False).encode(), "application/json; charset=UTF-8", headers or {}
    )


def error(status: int, code: str, message: str, more: dict[str, Json] | None = None) -> Response:
    """An error object: ``code``, ``message`` and ``data`` with the status."""
    return json_response(status, {"code": code, "message": message, "data": {"status": status, **(more or {})}})


def post_object(post: Post, base: str) -> Json:
    """A post or page as an anonymous reader sees it; ``date`` is local, ``date_gmt`` UTC, both without an offset."""
    title = escape(post.title, quote=False)
    found: dict[str, Json] = {
        "id": post.id,
        "date": post.published.isoformat(),
        "date_gmt": _gmt(post.published),
        "guid": {"rendered": f"{SITE}/?p={post.id}"},
        "modified": post.modified.isoformat(),
        "modified_gmt": _gmt(post.modified),
        "slug": post.slug,
        "status": "publish",
        "type": post.kind,
        "link": post.link,
        "title": {"rendered": title},
        "content": {"rendered": f"<p>{title}</p>\n", "protected": False},
        "excerpt": {"rendered": f"<p>{title}</p>\n", "protected": False},
        "author": post.author,
        "featured_media": 0,
        "comment_status": "closed",
        "ping_status": "closed",
        "template": "",
        "meta": [],
        "_links": {
            "self": [{"href": f"{base}/wp/v2/{post.kind}s/{post.id}"}],
            "collection": [{"href": f"{base}/wp/v2/{post.kind}s"}],
        },
    }
    if post.kind == "page":
        return {**found, "parent": 0, "menu_order": 0}
    return {**found, "sticky": False, "format": "standard", "categories": [post.category], "tags": []}


def _gmt(local: datetime) -> str:
    return utc(local).replace(tzinfo=None).isoformat()


def site_index(today: date) -> Json:
    """The index of the interface; ``gmt_offset`` is that of ``today``."""
    offset = datetime(today.year, today.month, today.day, 12, tzinfo=UTC).astimezone(ZONE).utcoffset()
    hours = int(offset.total_seconds() // 3600) if offset else 0
    return {
        "name": "Riverside Library",
        "description": "",
        "url": SITE,
        "home": SITE,
        "gmt_offset": str(hours),
        "timezone_string": str(ZONE),
        "namespaces": ["wp/v2"],
    }


def type_objects(base: str) -> Json:
    """The public post types by slug."""
    return {
        slug: {
            "description": "",
            "hierarchical": slug == "page",
            "has_archive": False,
            "name": name,
            "slug": slug,
            "taxonomies": ["category", "post_tag"] if slug == "post" else [],
            "rest_base": f"{slug}s",
            "rest_namespace": "wp/v2",
            "_links": {
                "collection": [{"href": f"{base}/wp/v2/types"}],
                "wp:items": [{"href": f"{base}/wp/v2/{slug}s"}],
            },
        }
        for slug, name in (("post", "Posts"), ("page", "Pages"))
    }


def only_fields(body: Json, fields: list[str]) -> Json:
    """``body`` cut to ``_fields``, which may name parts such as ``title.rendered``; all of it without ``fields``."""
    if not fields or not isinstance(body, dict):
        return body
    found: dict[str, Json] = {}
    for name in dict.fromkeys(path.partition(".")[0] for path in fields):
        if name in body:
            inner = [path.partition(".")[2] for path in fields if path.partition(".")[0] == name]
            found[name] = body[name] if "" in inner else only_fields(body[name], inner)
    return found
