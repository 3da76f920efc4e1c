"""What the course of an indicator says in one sentence: its trend where one is clear, else its newest value."""

from collections.abc import Sequence

from reports.chart_periods import partial_ends
from reports.language import Language
from reports.sentence_parts import period_phrase
from reports.sentences import published_findings
from warehouse.published_tables import Row

TRENDS = {"rising": "message.rising", "falling": "message.falling"}


def course_message(t: Language, row: Row, verdict: Row, periods: Sequence[Row]) -> str:
    """What is known of the newest period, never an estimate of its whole.

    periods: those of the chart, at least one of them known, oldest first.
    """
    findings = published_findings(verdict, "outlook")
    code = findings[0].code if findings else ""
    if code in TRENDS:
        slope = findings[0].facts["per_year"]
        return t(TRENDS[code], size=t.number(float(f"{abs(float(str(slope))):.2g}")), unit=row["unit"])
    newest = _newest(periods)
    start = newest["start"]
    key = "message.no_clear_trend" if code == "no_clear_trend" else "message.newest"
    whole = newest["completeness"] >= 1
    span = (
        period_phrase(row["period"], start, t) if whole else t("figure.partial", first=t.period(row["period"], start))
    )
    message = t(key, value=t.number(newest["value"]), unit=row["unit"], period=span)
    return f"{message} ({t('flag.provisional')})" if newest["provisional"] else message


def _newest(periods: Sequence[Row]) -> Row:
    """The newest settled period that is not a mere part of one, or the newest known one where there is none."""
    partial = partial_ends(periods)
    known = [(at, period) for at, period in enumerate(periods) if period["value"] is not None]
    settled = [period for at, period in known if at not in partial and not period["provisional"]]
    return settled[-1] if settled else known[-1][1]
