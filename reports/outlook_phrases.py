"""How the figures of a trend, a forecast and a probability are said."""

from collections.abc import Callable

from reports.language import Language
from reports.sentence_parts import Facts, Text, to_date


def _slope(facts: Facts, t: Language) -> Text:
    return "", {"slope": _signed(facts["per_year"], t), "unit": facts["unit"]}


def _rising_or_falling(facts: Facts, t: Language) -> Text:
    return "", {"size": t.number(abs(facts["per_year"])), **_no_clear_trend(facts, t)[1]}


def _no_clear_trend(facts: Facts, t: Language) -> Text:
    return "", {"unit": facts["unit"], **{name: _signed(facts[name], t) for name in ("low", "high")}}


def _signed(value: float, t: Language) -> str:
    return f"{'+' if value > 0 else ''}{t.number(value or 0.0)}"


def _forecast(facts: Facts, t: Language) -> Text:
    span = {name: t.number(facts[name]) for name in ("low", "high")}
    probability = chance(facts["probability"], t)
    return "", {"due": t.day(to_date(facts["due"])), **span, "unit": facts["unit"], "probability": probability} | {
        "record": _record(facts, t)
    }


def chance(probability: float, t: Language) -> str:
    """A probability in words, rounded as in ``transforms.formatting.rounded_probability``."""
    if probability < 0.05:
        return t("chance.below")
    return t("chance.above") if probability > 0.95 else t("chance.about", value=round(probability * 20) * 5)


def _record(facts: Facts, t: Language) -> str:
    """How past forecasts of the same length fared."""
    if not facts["cases"]:
        return t("past_forecasts.none")
    return t("past_forecasts.some", cases=t.whole(facts["cases"]), held=t.whole(facts["held"]))


def _quantity(facts: Facts, t: Language) -> str:
    """The total of several periods, the value several periods ahead, or the next value."""
    for name in ("total_of", "ahead"):
        if name in facts:
            return t(f"quantity.{name}", periods=t.whole(facts[name]))
    return t("quantity.next")


def _count(name: str) -> Callable[[Facts, Language], Text]:
    return lambda facts, t: ("", {name: t.whole(facts[name])})


def _short(facts: Facts, t: Language) -> Text:
    return "", {name: t.whole(facts[name]) for name in ("known", "needs")} | {"quantity": _quantity(facts, t)}


OUTLOOK_SAID: dict[str, Callable[[Facts, Language], Text]] = {
    "rising": _rising_or_falling,
    "falling": _rising_or_falling,
    "no_clear_trend": _no_clear_trend,
    "trend_few_values": lambda facts, t: ("", {**_slope(facts, t)[1], **_count("most")(facts, t)[1]}),
    "trend_alike_values": _slope,
    "no_trend_few_values": _count("needs"),
    "no_trend_season": lambda facts, _t: (facts["cycle"], {}),
    "forecast": _forecast,
    "no_forecast_recent": _count("periods"),
    "no_forecast_short": _count("periods"),
    "no_forecast_few": _count("needs"),
    "no_probability_untried": lambda facts, t: ("", {"quantity": _quantity(facts, t)}),
    "no_probability_short": _short,
}
