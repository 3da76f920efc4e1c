"""The state of an alert, period by period: a pure function of what was seen, counted in complete periods.

The rules are those of Prometheus (https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/: ``for`` and
``keep_firing_for``), with complete periods in place of seconds: a period that is not complete neither counts nor moves anything.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transforms.rules.inputs import BoolArray, FloatArray, TextArray

IntArray = NDArray[np.int64]

INACTIVE, PENDING, FIRING, RESOLVED, NO_DATA, SOURCE_FAILED = STATES = (
    "inactive",
    "pending",
    "firing",
    "resolved",
    "no_data",
    "source_failed",
)
NEVER = -1


@dataclass(frozen=True)
class Signal:
    """What is seen of each series. ``condition``: the alert's ground is there; ``clear``: the figure is beyond the leaving
    threshold, where both hold the condition counts; ``known``: the period is complete. All (series,), or (series, periods)."""

    condition: BoolArray
    clear: BoolArray
    known: BoolArray


@dataclass(frozen=True)
class States:
    """All (series, periods), or (series,) at one period.

    state: one of ``STATES``. since, fired: index of the period in which the episode began and in which it fired, ``NEVER`` (-1)
    where there is none; kept beneath no_data and source_failed, and on the one period that says resolved. count: complete
    periods that a pending alert has waited, or that a firing one has been clear in a row. These four are all that ``next_states`` needs.
    """

    state: TextArray
    since: IntArray
    fired: IntArray
    count: IntArray

    def at(self, period: int) -> "States":
        """One period of a history; negative counts from the end."""
        return States(self.state[:, period], self.since[:, period], self.fired[:, period], self.count[:, period])


def initial_states(series: int) -> States:
    """Before the first period."""
    never = np.full(series, NEVER, dtype=np.int64)
    return States(np.full(series, INACTIVE, dtype=object), never, never.copy(), np.zeros(series, dtype=np.int64))


def states(
    condition: BoolArray, clear: BoolArray, known: BoolArray, wait: IntArray | int, keep: IntArray | int
) -> States:
    """Every period of a history; the flags as in ``Signal``, (series, periods), oldest first.

    wait: complete periods after its first for which the condition must go on before the alert fires (0: it fires at once); keep:
    complete periods after the first clear one for which it goes on firing. Each one number, or one a series.
    """
    now, found = initial_states(len(condition)), []
    for at in range(condition.shape[1]):
        now = next_states(now, at, Signal(condition[:, at], clear[:, at], known[:, at]), wait, keep)
        found.append(now)
    if not found:
        none = np.empty((len(condition), 0), dtype=np.int64)
        return States(none.astype(object), none, none.copy(), none.copy())
    return States(
        *(np.stack([getattr(one, name) for one in found], axis=1) for name in ("state", "since", "fired", "count"))
    )


def next_states(before: States, at: int, signal: Signal, wait: IntArray | int, keep: IntArray | int) -> States:
    """The period with the index ``at`` after ``before``; all (series,). A history may be cut anywhere and gone on with."""
    condition, clear = signal.condition & signal.known, signal.clear & signal.known & ~signal.condition
    active = (before.since != NEVER) & (before.state != RESOLVED) & (before.state != INACTIVE)
    firing, pending = active & (before.fired != NEVER), active & (before.fired == NEVER)
    begins, waits = condition & ~active, condition & pending
    waited = np.where(waits, before.count + 1, 0)
    fires = (begins | waits) & (waited >= wait)
    cleared = np.where(clear, before.count + 1, 0)
    ends = firing & clear & (cleared > keep)
    stays = active & (firing | condition | ~signal.known)
    is_pending, is_firing = begins | waits, (firing & ~ends) | fires
    state = np.select(
        [~signal.known, ends, is_firing, is_pending], [NO_DATA, RESOLVED, FIRING, PENDING], INACTIVE
    ).astype(object)
    count = np.select([~signal.known & active, firing, fires], [before.count, cleared, 0], waited)
    return States(
        state,
        np.where(begins, at, np.where(stays, before.since, NEVER)),
        np.where(fires, at, np.where(firing, before.fired, NEVER)),
        np.where(ends, 0, count),
    )


def mark_source_failed(states: States, failed: BoolArray) -> States:
    """``states`` with source_failed in place of no_data where ``failed``: the period is unknown because its source failed.

    A source that fails silences what stands on it: give ``known & ~failed`` to ``states`` or ``next_states``, and the result to this.
    Raises ``ValueError`` where a period is said to be known although its source failed.
    """
    if np.any(failed & (states.state != NO_DATA)):
        raise ValueError("a period whose source failed is not known: leave it out of 'known'")
    return States(
        np.where(failed, SOURCE_FAILED, states.state).astype(object), states.since, states.fired, states.count
    )


def hysteresis(figure: FloatArray, threshold: float, margin: float) -> tuple[BoolArray, BoolArray]:
    """Condition and clear of a figure of which more is better: below the threshold, and at or beyond the threshold and its margin.

    A figure at exactly the threshold is not below it, as the verdict at a threshold is the better one. NaN is neither.
    """
    return figure < threshold, figure >= threshold + margin
