"""What followed the activities: the change of each with its interval, or that it cannot be told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reports.language import Language
from reports.sentences import effect
from reports.site.course_chart import NARROW
from reports.site.course_picture import HALF, readout
from reports.site.picture import Picture
from reports.site.plot import Domain, Plot, Size, value_ticks
from reports.site.published_rows import Published
from warehouse.published_tables import Row

MOST = 8
ROW_HEIGHT = 46.0
"""Pixels."""
MIDDLE = 0.72
"""Where in its row an interval is drawn."""
CLEAR = {"associated_rise", "associated_fall"}


@dataclass(frozen=True)
class _Effects:
    """What is drawn: of each activity its name and low, middle and high; ``axis``: ticks with their texts."""

    names: Sequence[str]
    lines: Sequence[Sequence[float | None]]
    domain: Domain
    axis: Sequence[tuple[float, str]]
    texts: tuple[str, str]


def effect_picture(published: Published, t: Language, spoken: Language, row: Row) -> Picture | None:
    """None where no activity was meant to move the indicator."""
    found = published.effects.get(row["indicator_id"], ())
    if not found:
        return None
    shown = sorted(found, key=lambda one: published.activities[one["activity_id"]]["date"], reverse=True)[:MOST]
    shares = all(one["effect_pct"] is not None for one in shown if one["effect"] is not None)
    columns = ("low_pct", "effect_pct", "high_pct") if shares else ("low", "effect", "high")
    ends = [one[name] for one in shown for name in columns if one[name] is not None]
    ticks = value_ticks(min(0.0, *ends), max(0.0, *ends)) if ends else [-1.0, 0.0, 1.0]
    domain = Domain(ticks[0], ticks[-1], len(shown), 0, ())
    count = {"clear": sum(one["verdict"] in CLEAR for one in found), "unknown": _unknown(found), "count": len(found)}
    key = "message.effects" if count["unknown"] else "message.effects_known"
    message = t(key, **{name: t.whole(number) for name, number in count.items()})
    said = [effect(one, spoken, verdict=True) for one in shown]
    unit = t("effects.per_cent") if shares else row["unit"]
    texts = t("effects.title", title=row["title"]), f"{message}. {t('effects.text', unit=unit)}"
    names = [_name(published, t, one) for one in shown]
    lines = [tuple(one[name] for name in columns) for one in shown]
    label = (lambda value: t.percent(value / 100)) if shares else t.number
    drawn = _Effects(names, lines, domain, [(tick, label(tick)) for tick in ticks] if ends else [], texts)
    return Picture(
        name="effects",
        message=message,
        wide=_draw(drawn, t, HALF),
        narrow=_draw(drawn, t, NARROW),
        columns=("day", "activity", "verdict", "low", "effect", "high", "low_pct", "effect_pct", "high_pct"),
        rows=[
            (
                published.activities[one["activity_id"]]["date"].isoformat(),
                published.activities[one["activity_id"]]["title"],
                one["verdict"],
                *(one[name] for name in ("low", "effect", "high", "low_pct", "effect_pct", "high_pct")),
            )
            for one in shown
        ],
        legend=[("effect", "legend.effect")] if ends else [],
        readouts=[
            readout(domain, (low + high) / 2 if None not in (low, high) else 0.0, at + MIDDLE, f"{name}: {text}")
            for at, (name, (low, _, high), text) in enumerate(zip(names, lines, said, strict=True))
        ],
    )


def _unknown(found: Sequence[Row]) -> int:
    return sum(one["verdict"] == "cannot_tell" for one in found)


def _name(published: Published, t: Language, one: Row) -> str:
    activity = published.activities[one["activity_id"]]
    return f"{t.day(activity['date'])}, {activity['title']}"


def _draw(of: _Effects, t: Language, size: Size) -> str:
    size = replace(size, height=len(of.names) * ROW_HEIGHT + 3 * size.type_size)
    edge = max((size.text_width(label) for _, label in of.axis), default=8.0) / 2 + 4
    plot = Plot(size, of.domain, (edge, 6, edge, 2 * size.type_size), "effects")
    if of.axis:
        plot.upright("z", 0.0)
        plot.time_axis(of.axis[::2] if size.is_narrow and len(of.axis) > 4 else of.axis)
    for at, (name, (low, middle, high)) in enumerate(zip(of.names, of.lines, strict=True)):
        _, y = plot.at((0.0, at))
        plot.text("n", _fitting(name, size), 2, y + size.type_size)
        if low is None or middle is None or high is None:
            plot.text("n q", t("effect.cannot_tell"), 2, y + size.type_size * 2.4)
            continue
        plot.line("fb", [(low, at + MIDDLE), (high, at + MIDDLE)])
        for end in (low, high):
            plot.shape("fb", "M0-5V5", *plot.at((end, at + MIDDLE)))
        plot.dot("d", (middle, at + MIDDLE), 4.5)
    return plot.svg(*of.texts)


def _fitting(text: str, size: Size) -> str:
    """As much of a text as fits into the picture; the list beneath has all of it."""
    most = int((size.width - 8) / (size.type_size * 0.55))
    return text if len(text) <= most else f"{text[: most - 1]}…"
