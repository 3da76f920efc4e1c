"""The state of an alert after each period: a pure function of the periods so far.

The rules are those of Prometheus (https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/: ``for``
and ``keep_firing_for``), with complete periods instead of seconds: a period that is not complete neither counts nor
changes anything.
"""

from dataclasses import dataclass

import numpy as np

from transforms.alerts.state_names import FIRING, INACTIVE, NEVER, NO_DATA, PENDING, RESOLVED, SOURCE_FAILED
from transforms.arrays import BoolArray, FloatArray, IntArray, TextArray


@dataclass(frozen=True)
class Signal:
    """The observations of a period, (series,), or of a history, (series, periods).

    ``condition``: the reason for an alert is present. ``clear``: the value is beyond the recovery threshold; where both
    hold, the condition counts. ``known``: the period is complete.
    """

    condition: BoolArray
    clear: BoolArray
    known: BoolArray


@dataclass(frozen=True)
class States:
    """The alert states of a history, (series, periods), or of one period, (series,).

    state: one of ``transforms.alerts.state_names.STATES``. since and fired: the index of the period in which the
    episode began and in which it fired,
    ``NEVER`` (-1) where there is none. Both are kept during no_data and source_failed, and for the one period that is
    resolved. count: the complete periods that a pending alert has waited, or that a firing alert has been clear in a
    row. ``next_states`` needs no more.
    """

    state: TextArray
    since: IntArray
    fired: IntArray
    count: IntArray

    def at(self, period: int) -> "States":
        """The states at one period of a history; negative numbers count from the end."""
        return States(self.state[:, period], self.since[:, period], self.fired[:, period], self.count[:, period])


def initial_states(series: int) -> States:
    """The states before the first period."""
    never = np.full(series, NEVER, dtype=np.int64)
    return States(np.full(series, INACTIVE, dtype=object), never, never.copy(), np.zeros(series, dtype=np.int64))


def states(
    condition: BoolArray, clear: BoolArray, known: BoolArray, wait: IntArray | int, keep: IntArray | int
) -> States:
    """The states of every period of a history.

    The arrays are as in ``Signal``, (series, periods), oldest first.

    wait: the complete periods after the first one for which the condition must last before the alert fires (0: it fires
    at once). keep: the complete periods after the first clear one for which it goes on firing. Each is one number, or
    one a series.
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
    """The states after the period with index ``at``, (series,).

    A history may be interrupted and continued anywhere.
    """
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
    """``states`` with source_failed instead of no_data where ``failed``.

    The period is unknown because its source failed.

    A source that fails silences its indicators: pass ``known & ~failed`` to ``states`` or ``next_states``, and the
    result to this function. Raises ``ValueError`` where a period is marked as known although its source failed.
    """
    if np.any(failed & (states.state != NO_DATA)):
        raise ValueError("a period whose source failed cannot be known: leave it out of 'known'")
    state = np.where(failed, SOURCE_FAILED, states.state).astype(object)
    return States(state, states.since, states.fired, states.count)


def hysteresis(value: FloatArray, threshold: float, margin: float) -> tuple[BoolArray, BoolArray]:
    """Condition and clear of an alert that is raised below a threshold.

    More of the value is better. It is clear at the threshold plus the margin. A value that equals the threshold is not
    below it, just as it gets the better verdict. NaN is neither.
    """
    return value < threshold, value >= threshold + margin
