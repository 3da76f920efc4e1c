"""What the plan's ``response_actions`` make of a response."""

from collections.abc import Sequence

import requests

from sources.rest.settings import ResponseAction
from sources.web.response_errors import retry_after_s
from warehouse.errors import KmiError, QuotaError, RefusedError, RetryableError

NO_CONTENT = 204


class NoRecordsError(KmiError):
    """The plan says that a response means no records, or nothing known; ``status`` is 204 or at least 400."""

    def __init__(self, what: str, *, where: str, status: int) -> None:
        super().__init__(what, where=where)
        self.status = status


def matching_action(actions: Sequence[ResponseAction], response: requests.Response) -> ResponseAction | None:
    """The first action that fits the status and the body of ``response``."""
    for action in actions:
        fits_status = action.status_code in {None, response.status_code}
        if fits_status and (action.content or "").encode() in response.content:
            return action
    return None


def error_of_action(action: ResponseAction, response: requests.Response) -> KmiError:
    """The error that ``action`` makes of ``response``."""
    where = response.url
    what = f"answered {response.status_code}" + (f" with '{action.content}'" if action.content else "")
    if action.action in {"empty", "ignore"}:
        status = NO_CONTENT if action.action == "empty" else max(response.status_code, 400)
        return NoRecordsError(what, where=where, status=status)
    if action.action == "fail":
        return RefusedError(what, where=where, do="check the access, or 'endpoint.response_actions' in the plan")
    wait = retry_after_s(response)
    if action.action == "quota":
        return QuotaError(what, where=where, do="nothing: the next run goes on", retry_after_s=wait)
    return RetryableError(what, where=where, retry_after_s=wait if action.action == "wait" else None)
