"""What a web analytics service counted under several spellings of one page, put under its one canonical path."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from sources.contract import Metric, ParseResult
from sources.page_paths import canonical_path
from sources.page_patterns import PagePatterns

KEY = ["metric", "entity", "start", "end"]


def with_canonical_pages(parsed: ParseResult, metrics: Sequence[Metric], patterns: Sequence[str]) -> ParseResult:
    """``parsed`` with each page under its canonical path, and a note on each of ``patterns`` that means none of them.

    The rows of a page that came in several spellings become one. What adds up over pages is added up; of people and
    visits, which may be the same ones, the largest figure stays and is flagged ``incomplete``.
    """
    parsed = _with_unmatched(parsed, patterns)
    frame = parsed.observations
    renamed = {text: path for text in frame["entity"].unique() if (path := canonical_path(text)) != text}
    if not renamed:
        return parsed
    frame = frame.assign(entity=frame["entity"].replace(renamed).astype("str"))
    several = frame.duplicated(KEY, keep=False)
    if not several.any():
        return replace(parsed, observations=frame)
    adds = {metric.name for metric in metrics if metric.additive_over_entities}
    groups = [group for _, group in frame[several].groupby(KEY, sort=False)]
    merged = pd.DataFrame([_one_row(group, adds=group["metric"].iloc[0] in adds) for group in groups])
    rows = pd.concat([frame[~several], merged.astype(frame.dtypes)], ignore_index=True)
    note = f"{_listed(sorted(set(merged['entity'])))} came in several spellings, which are one page each"
    return replace(parsed, observations=rows, notes=(*parsed.notes, note))


def _one_row(group: pd.DataFrame, *, adds: bool) -> dict[str, object]:
    flags = {flag for names in group["flags"] for flag in names} | (set() if adds else {"incomplete"})
    first: dict[str, object] = {str(name): value for name, value in group.iloc[0].items()}
    return first | {
        "value": group["value"].sum() if adds else group["value"].max(),
        "flags": tuple(sorted(flags)),
        "origin": ", ".join(dict.fromkeys(group["origin"])),
    }


def _with_unmatched(parsed: ParseResult, patterns: Sequence[str]) -> ParseResult:
    """A pull that is not by page shows only that no page of all ``patterns`` together was viewed."""
    viewed = parsed.observations.loc[parsed.observations["value"] > 0, "entity"].unique()
    known = PagePatterns(patterns)
    for page in viewed:
        known.match(page.partition("?")[0])
    if not patterns or "" in viewed:
        return parsed
    return replace(parsed, notes=(*parsed.notes, *known.notes()))


def _listed(names: Sequence[str]) -> str:
    more = len(names) - 3
    return ", ".join(names[:3]) + (f" and {more} more pages" if more > 0 else "")
