"""What each kind of notice is about, in a few words after the name of its subject."""

from transforms.alerts.notice_kinds import (
    ALERT,
    BROKEN,
    ENDING,
    LATE,
    OVERDUE,
    PAST_DUE,
    PAUSED,
    REFUSING,
    REVIEW,
    STILL,
)

HEADINGS = {
    ALERT: "behind its path",
    "achieved": "its target is met",
    "on_track": "is on track",
    "at_risk": "is at risk",
    "not_assessable": "cannot be assessed",
    STILL: "has not moved",
    PAST_DUE: "its target day has passed",
    REVIEW: "its review is due",
    LATE: "source is late",
    BROKEN: "source failed",
    REFUSING: "source has refused values",
    PAUSED: "source waits for its provider's limit",
    ENDING: "source loses its access soon",
    OVERDUE: "none has finished in time",
}
RECOVERED_HEADINGS = {
    ALERT: "no longer behind its path",
    STILL: "moves again",
    PAST_DUE: "its target day is in the future again",
    LATE: "source is up to date again",
    BROKEN: "source can be read again",
    REFUSING: "source has no refused values any more",
    PAUSED: "source has caught up",
    ENDING: "source has its access renewed",
    OVERDUE: "they finish again",
}
