"""Which finding decides a verdict."""

from collections.abc import Iterable, Mapping

import pandas as pd

from transforms.findings import Finding, Findings
from warehouse.schema.reason_codes import REASON_CODES

RANK = {code: rank for rank, code in enumerate(REASON_CODES)}
WITHOUT_PATH = {"break", "target_met_by_baseline"}
WITHHOLDS = {"closed", "break", "depends_on_missing"}
"""Where one of these decides, the figure is not judged: only its age is told beside."""


def in_order(findings: Iterable[Finding]) -> Findings:
    """The deciding finding first, then what is told with it, in the order given.

    Of the findings with a verdict the one decides that comes first in ``warehouse.schema.reason_codes``. The others are
    dropped.
    """
    every = list(findings)
    first = min((one for one in every if one.verdict is not None), key=lambda one: RANK[one.code])
    rest = [one for one in every if one is not first and one.verdict is None]
    if first.code in WITHHOLDS:
        return (first, *(one for one in rest if one.code == "old"))
    if first.verdict == "not_assessable":
        return (first, *(one for one in rest if one.code != "since_due"))
    return (first, *rest)


def decide(judged: pd.DataFrame, *found: Mapping[str, Findings]) -> pd.DataFrame:
    """``judged`` with verdict and findings (the deciding one first) by all that was found of each indicator.

    judged: indicator_id, verdict, worsening and findings of ``transforms.judgement.judge.judge``. What cannot be judged
    is not called worsening, and has no pace and no figure of a rule. Under a break, and to a target on the wrong side
    of its baseline, there is no path, so no expected value either.
    """
    findings = [
        in_order((*own, *(one for some in found for one in some.get(name, ()))))
        for name, own in judged[["indicator_id", "findings"]].itertuples(index=False)
    ]
    verdicts = judged.assign(
        verdict=pd.Series([one[0].verdict for one in findings], index=judged.index, dtype="str"),
        findings=pd.Series(findings, index=judged.index, dtype=object),
    )
    verdicts["worsening"] &= verdicts["verdict"] != "not_assessable"
    broken = verdicts["findings"].map(lambda some: some[0].code in WITHOUT_PATH).astype(bool)
    silent = verdicts["verdict"] == "not_assessable"
    hidden = {"expected": broken, "pace_ratio": silent, "rule_value": silent}
    return verdicts.assign(**{name: verdicts[name].mask(where) for name, where in hidden.items() if name in verdicts})
