"""The overview: one sentence, what to look at first, each objective, then one row an indicator."""

from collections import Counter
from datetime import date
from typing import Any

from reports.brief.evidence import may_be_chance
from reports.brief.inputs import JudgedIndicator
from reports.chart_periods import as_whole, partial_ends
from reports.language import Language
from reports.languages import spoken
from reports.note_lines import note_lines
from reports.outlook_phrases import chance
from reports.ranking import by_severity
from reports.sentences import in_readers_language
from reports.short_reason import short_reason
from reports.site.bullet import band_bullet, bullet, thresholds
from reports.site.changes import changes
from reports.site.control_chart import control_sign
from reports.site.file_names import page_name
from reports.site.lead import lead
from reports.site.published_rows import Published
from reports.site.scripts import hash_of, script
from reports.site.sparkline import sparkline
from reports.words import VERDICT_ORDER
from transforms.formatting import MOST_PACE, pace_per_cent
from warehouse.published_tables import Row
from warehouse.schema.ledgers import VERDICTS

SHOWN_PERIODS = 36
SCRIPT = "overview.js"
"""What sorts and filters the table, where the browser runs scripts."""
PLAIN_GRADES = {"counted", "none"}
PACE = "pace"
"""The rule whose thresholds the bullet graph shows."""


def overview(published: Published, t: Language) -> dict[str, Any]:
    rows = [indicator_row(published, t, row) | {"at": at} for at, row in enumerate(published.indicators)]
    aimed = by_severity([row for row in rows if row["has_target"]])
    counted = Counter(row["verdict"] for row in aimed)
    return {
        **lead(t, aimed),
        "rows": aimed,
        "untargeted": [row for row in rows if not row["has_target"]],
        "counts": [(verdict, t.whole(counted[verdict])) for verdict in VERDICTS if counted[verdict]],
        "sources": [problem for problem in (_problem(t, row) for row in published.sources) if problem],
        "owners": sorted({row["owner"] for row in aimed if row["owner"]}, key=str.casefold),
        "verdict_names": [verdict for verdict in VERDICT_ORDER if counted[verdict]],
        "thresholds": thresholds(),
        "script": script(SCRIPT),
        "script_hash": hash_of(script(SCRIPT)),
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
    periods = published.periods.get(row["indicator_id"], ())
    judged = JudgedIndicator(row, verdict, periods, published.breaks.get(row["indicator_id"], ()))
    return {
        "page": page_name(row["indicator_id"]),
        "has_target": judged.has_target,
        "owner": row["owner"] or "",
        "objective": row["objective"] or "",
        "due": t.day(row["due"]),
        "rank": VERDICT_ORDER.index(verdict["verdict"]),
        "numbers": {name: verdict[name] for name in ("value", "expected", "probability")},
        "pace_ratio": verdict["pace_ratio"],
        "may_be_luck": may_be_chance(judged),
        "since": _since(published, t, verdict),
        "is_plain": verdict["grade"] in PLAIN_GRADES,
        "notes": note_lines(published.notes.get(row["indicator_id"], ()), t),
        **changes(t, row, verdict["through"], periods, _cuts(published, row)),
        **_bullet(t, row, verdict),
        "title": row["title"],
        "unit": row["unit"],
        "verdict": verdict["verdict"],
        "worsening": verdict["worsening"],
        "short": short_reason(verdict, spoken(t)),
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


def _since(published: Published, t: Language, verdict: Row) -> str:
    """Since when the verdict is what it is; empty where no other one is known before."""
    since = None
    for past in published.history.get(verdict["indicator_id"], ()):  # the newest first
        if past["verdict"] != verdict["verdict"]:
            return "" if since is None else t("since", day=t.day(since.date()))
        since = past["as_of"]
    return ""


def _bullet(t: Language, row: Row, verdict: Row) -> dict[str, str]:
    """The bullet graph and what it says; both empty where no progress is known."""
    value, pace = verdict["value"], verdict["pace_ratio"]
    if value is not None and row["target_low"] is not None:
        low, high = row["target_low"], row["target_high"]
        said = t("bullet.band", low=t.number(low), high=t.number(high), value=t.number(value))
        return {"bullet": band_bullet(low, high, value), "bullet_text": said}
    if pace is None:
        return {"bullet": "", "bullet_text": ""}
    drawn = bullet(pace, has_thresholds=row["rule"] == PACE)
    return {"bullet": drawn, "bullet_text": t("bullet.pace", pace=_pace_text(t, pace))}


def _cuts(published: Published, row: Row) -> list[date]:
    """The days from which the values mean something else."""
    return [one["day"] for one in published.breaks.get(row["indicator_id"], ()) if not one["spliced"]]


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
    breaks = _cuts(published, row)
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
