"""The overview: first what needs attention, then one row an indicator."""

from collections import Counter
from typing import Any

from reports.chart_periods import as_whole, partial_ends
from reports.language import Language
from reports.outlook_phrases import chance
from reports.sentences import in_readers_language, reason
from reports.site.control_chart import control_sign
from reports.site.file_names import page_name
from reports.site.published_rows import Published
from reports.site.sparkline import sparkline
from transforms.formatting import MOST_PACE, pace_per_cent
from warehouse.published_tables import Row
from warehouse.schema.ledgers import VERDICTS

SHOWN_PERIODS = 36
ATTENTION = {"firing", "no_data", "source_failed"}


def overview(published: Published, t: Language) -> dict[str, Any]:
    rows = [indicator_row(published, t, row) for row in published.indicators]
    counted = Counter(row["verdict"] for row in rows)
    return {
        "rows": rows,
        "counts": [(verdict, t.whole(counted[verdict])) for verdict in VERDICTS if counted[verdict]],
        "sources": [problem for problem in (_problem(t, row) for row in published.sources) if problem],
        "attention": [row for row in rows if row["alert"] in ATTENTION],
    }


def _problem(t: Language, row: Row) -> tuple[str, str] | None:
    """What is wrong with a source, and its own error text, if any; None where all is well."""
    if row["last_error"]:
        return t("overview.failed", source=row["source"]), row["last_error"]
    if row["fresh"]:
        return None
    if row.get("ready") is False:
        return t("overview.not_ready", source=row["source"]), ""
    if row["data_through"]:
        return t("overview.late", source=row["source"], day=t.day(row["data_through"])), ""
    return t("overview.none", source=row["source"]), ""


def indicator_row(published: Published, t: Language, row: Row) -> dict[str, Any]:
    """An indicator as texts for the pages; empty where a value is unknown."""
    verdict = published.verdicts[row["indicator_id"]]
    return {
        "page": page_name(row["indicator_id"]),
        "title": row["title"],
        "unit": row["unit"],
        "verdict": verdict["verdict"],
        "worsening": verdict["worsening"],
        "reason": reason(verdict, t),
        "translated": in_readers_language(verdict),
        "pace": _pace_text(t, verdict["pace_ratio"]),
        "value": t.number(verdict["value"]),
        "expected": t.number(verdict["expected"]),
        "through": t.day(verdict["through"]),
        "grade": t(f"flag.{verdict['grade']}"),
        "probability": probability_text(t, verdict["probability"]),
        "record": forecast_record(t, verdict),
        "alert": verdict["alert"] or "",
        "alert_raised": _raised(t, verdict),
        "control": control_sign(t, verdict),
        **_spark(published, t, row),
    }


def _raised(t: Language, verdict: Row) -> str:
    """Since when the alert has been in a state worth telling; empty where there is none."""
    raised = verdict["alert_raised_at"]
    return "" if raised is None or verdict["alert"] in {None, "inactive"} else t("since", day=t.day(raised.date()))


def _pace_text(t: Language, ratio: float | None) -> str:
    if ratio is None:
        return ""
    if ratio > MOST_PACE:
        return t("pace.beyond", value=round(MOST_PACE * 100))
    shown = pace_per_cent(ratio)
    return t("pace.away") if shown < 0 else t("percent", value=shown)


def probability_text(t: Language, probability: float | None) -> str:
    """A probability in words; empty where none is given."""
    return "" if probability is None else chance(probability, t)


def forecast_record(t: Language, verdict: Row) -> str:
    """How past forecasts of this length fared; empty where no probability is given."""
    cases, covered = verdict["probability_cases"], verdict["probability_covered"]
    if verdict["probability"] is None or cases is None:
        return ""
    if cases and covered is not None:
        return t("record.some", cases=t.whole(cases), held=t.whole(round(cases * covered)))
    return t("record.none")


def _spark(published: Published, t: Language, row: Row) -> dict[str, str]:
    periods = as_whole(published.periods.get(row["indicator_id"], ())[-SHOWN_PERIODS:])
    breaks = [one["day"] for one in published.breaks.get(row["indicator_id"], ()) if not one["spliced"]]
    cuts = [at for at, period in enumerate(periods) if any(period["start"] <= day < period["end"] for day in breaks)]
    partial = partial_ends(periods)
    values = [None if at in partial else period["value"] for at, period in enumerate(periods)]
    drawn = sparkline(values, [period["expected"] for period in periods], cuts)
    if not drawn:
        return {"spark": "", "spark_text": ""}
    known = [period for period, value in zip(periods, values, strict=True) if value is not None]
    ends = {"first": t.period(row["period"], known[0]["start"]), "last": t.period(row["period"], known[-1]["start"])}
    return {
        "spark": drawn,
        "spark_text": t("spark", **ends, low=t.number(known[0]["value"]), high=t.number(known[-1]["value"])),
    }
