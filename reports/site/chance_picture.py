"""The forecast for the due day against the target: its interval, and the probability as dots."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from reports.language import Language
from reports.outlook_phrases import chance
from reports.site.chart_data import band_of, forecast_of
from reports.site.course_chart import DIAMOND, NARROW
from reports.site.course_picture import HALF, readout
from reports.site.picture import Picture, Readout
from reports.site.plot import Domain, Plot, Size, value_ticks
from warehouse.published_tables import Row

DOTS = 20
"""Each stands for 5 of 100, as exact as a probability is given."""
DOT_HEIGHT, HEIGHT = 40.0, 240.0
"""Pixels: of the row of dots, and of the whole."""
ROW = 0.55
"""How high the interval is drawn, as a share of the frame."""


@dataclass(frozen=True)
class DueForecast:
    """The forecast (low, middle, high), the target or both ends of the band, and the newest value on their scale."""

    forecast: tuple[float, float, float]
    goals: Sequence[float]
    is_band: bool
    value: float | None
    probability: float | None

    @property
    def ticks(self) -> Sequence[float]:
        known = [*self.forecast, *self.goals, *([] if self.value is None else [self.value])]
        return value_ticks(min(known), max(known))

    @property
    def domain(self) -> Domain:
        return Domain(self.ticks[0], self.ticks[-1], 0, 1, ())


def due_forecast(row: Row, verdict: Row, *, yearly: bool) -> DueForecast | None:
    """None where nothing is forecast for the due day, or where there is neither target nor band.

    yearly: the target and the forecast are of a year, so that the newest value is not on their scale.
    """
    forecast, band = forecast_of(verdict), band_of(row)
    target = row["target_value"] if yearly else row["needed"]
    if forecast is None or row["due"] is None or (band is None and target is None):
        return None
    value = None if yearly else verdict["value"]
    return DueForecast(forecast, band or (target,), band is not None, value, verdict["probability"])


def chance_picture(
    t: Language, spoken: Language, row: Row, of: DueForecast | None, notes: Sequence[str] = ()
) -> Picture | None:
    """None where nothing is forecast."""
    if of is None:
        return None
    low, middle, high = of.forecast
    goal = (
        t("interval", low=t.number(of.goals[0]), high=t.number(of.goals[-1])) if of.is_band else t.number(of.goals[0])
    )
    figures = {"low": t.number(low), "high": t.number(high), "unit": row["unit"], "goal": goal}
    message = _message(spoken, of, {**figures, "due": spoken.day(row["due"])})
    text = t("chance.text", value=t.number(middle), **figures)
    texts = t("chance.title", title=row["title"]), f"{message}. {text}"
    readouts = sorted(_readouts(t, row, of), key=lambda one: one.x)
    return Picture(
        name="chance",
        message=message,
        wide=_draw(t, row, of, replace(HALF, height=HEIGHT), texts),
        narrow=_draw(t, row, of, replace(NARROW, height=HEIGHT), texts),
        columns=("due", "low_80", "forecast", "high_80", "target_low", "target_high", "probability"),
        rows=[(row["due"].isoformat(), low, middle, high, of.goals[0], of.goals[-1], of.probability)],
        legend=[("interval_80", "legend.interval_80"), *([] if of.probability is None else [("dots", "legend.dots")])],
        notes=notes,
        readouts=readouts,
        first=next((at for at, one in enumerate(readouts) if one.text == _middle(t, row, of).text), 0),
    )


def _message(t: Language, of: DueForecast, figures: dict[str, str]) -> str:
    if of.probability is None:
        return t("message.chance_none", **figures)
    return t("message.chance_band" if of.is_band else "message.chance", chance=chance(of.probability, t), **figures)


def _readouts(t: Language, row: Row, of: DueForecast) -> Iterator[Readout]:
    low, _, high = of.forecast
    yield _middle(t, row, of)
    for at, key in ((low, "chance.low"), (high, "chance.high")):
        yield readout(of.domain, at, ROW, t(key, value=t.number(at), unit=row["unit"]))
    for at in of.goals:
        yield readout(of.domain, at, ROW, t("readout.target", value=f"{t.number(at)} {row['unit']}"))


def _middle(t: Language, row: Row, of: DueForecast) -> Readout:
    middle = of.forecast[1]
    return readout(of.domain, middle, ROW, t("chance.middle", value=t.number(middle), unit=row["unit"]))


def filled_dots(probability: float) -> int:
    """How many of the dots are filled."""
    return round(probability * DOTS)


def _draw(t: Language, row: Row, of: DueForecast, size: Size, texts: tuple[str, str]) -> str:
    edge = max(size.text_width(t.number(tick)) for tick in (of.ticks[0], of.ticks[-1])) / 2 + 4
    below = 2 * size.type_size + (DOT_HEIGHT if of.probability is not None else 0)
    plot = Plot(size, of.domain, (edge, 3.6 * size.type_size, edge, below), "chance")
    kept = of.ticks[::2] if size.is_narrow else of.ticks
    plot.time_axis([(tick, t.number(tick)) for tick in kept])
    plot.text("u", row["unit"], 2, size.type_size)
    for at in of.goals:
        plot.upright("tg", at)
        word = t("mark.band") if of.is_band else t("mark.target")
        kind = "le" if plot.x(at) < size.width / 2 else "le e"
        plot.text(kind, t("mark.with_value", mark=word, value=t.number(at)), plot.x(at), plot.frame[1] - 6)
    low, middle, high = of.forecast
    plot.line("f80", [(low, ROW), (high, ROW)])
    x, y = plot.at((middle, ROW))
    plot.shape("fd", DIAMOND, x, y)
    plot.text("m la n", t("mark.with_value", mark=t("mark.forecast"), value=t.number(middle)), x, y - 14)
    if of.value is not None:
        x, y = plot.at((of.value, ROW))
        plot.shape("nw", "M-5 0L0-9 5 0z", x, y + 20)
        plot.text("m n", t("mark.with_value", mark=t("mark.now"), value=t.number(of.value)), x, y + 36)
    if of.probability is not None:
        _dots(plot, of.probability)
    return plot.svg(*texts)


def _dots(plot: Plot, probability: float) -> None:
    """Below the axis, since they are no values on it."""
    filled, step = filled_dots(probability), min((plot.size.width - 8) / DOTS, 22.0)
    for n in range(DOTS):
        x, kind = 4 + step * (n + 0.5), "pf" if n < filled else "pe"
        y, radius = plot.size.height - DOT_HEIGHT / 3, step * 0.36
        plot.parts.append(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>')
