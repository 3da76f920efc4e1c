"""Every error that a user may see. Each says where it happened, what is wrong and what to do next.

KmiError
├── ConfigError      correct the plan or the call
│   └── MissingExtraError  install the library for an object store
├── RetryableError   run again later; carries ``retry_after_s``
│   └── QuotaError   stopped before the provider's limit; the next run continues
├── RefusedError     fix the access: a key, a permission, an address
├── ShapeError       the provider or the file changed its form
└── CheckError       look at the data: too much of them is wrong
    └── PullRefusedError   a whole pull, already on the ledger of pulls
"""

import re
from collections.abc import Callable

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gcs", "az": "azure", "abfs": "azure", "abfss": "azure"}
"""The extra of the package that an address needs, by its scheme."""


def printable(text: str) -> str:
    """``text`` with control characters and halves of characters as escapes: any file, table and terminal takes it."""
    return text if text.isprintable() else _UNPRINTABLE.sub(lambda found: ascii(found[0])[1:-1], text)


class KmiError(Exception):
    """``where: what: what to do``; the parts are attributes too."""

    def __init__(self, what: str, *, where: str = "", do: str = "") -> None:
        self.what, self.where, self.do = printable(what), printable(where), do
        super().__init__(": ".join(part for part in (self.where, self.what, do) if part))

    def redact(self, redact: Callable[[str], str]) -> None:
        """Remove secrets from all parts, in place."""
        self.what, self.where, self.do = redact(self.what), redact(self.where), redact(self.do)
        self.args = tuple(redact(part) if isinstance(part, str) else part for part in self.args)


class ConfigError(KmiError):
    """The plan, an option or a setting is wrong: correct it and run again."""


class MissingExtraError(ConfigError):
    """The address is in an object store, and the library for it is not installed."""

    def __init__(self, address: str) -> None:
        extra = EXTRAS.get(address.partition("://")[0].lower(), "s3,gcs,azure")
        do = f"install it: pip install 'km-indicators[{extra}]', or in a checkout uv sync --extra {extra.split(',')[0]}"
        super().__init__("the library for object stores is not installed", where=address, do=do)


class RetryableError(KmiError):
    """The fault is expected to pass. ``retry_after_s``: seconds that the other side asks to wait, if any."""

    def __init__(
        self, what: str, *, where: str = "", do: str = "run again later", retry_after_s: float | None = None
    ) -> None:
        super().__init__(what, where=where, do=do)
        self.retry_after_s = retry_after_s


class QuotaError(RetryableError):
    """The provider's limit is reached, or nearly. Not a fault: what was read is kept, and the next run continues."""


class RefusedError(KmiError):
    """The other side refuses: fix the access."""


class ShapeError(KmiError):
    """The response or file does not have the form that the source declares."""


class CheckError(KmiError):
    """The data have the right form and still cannot be trusted."""


class PullRefusedError(CheckError):
    """So much of a pull was refused that none of it was stored. The ledger of pulls has it, with what was refused."""


_STORE_ACCESS = {
    "s3": (
        "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, and AWS_SESSION_TOKEN for a temporary key; a "
        "shared credentials file and AWS_PROFILE are not read: "
        "'aws configure export-credentials --format env' prints them"
    ),
    "az": (
        "set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY; AZURE_STORAGE_CONNECTION_STRING is not read: "
        "they are the AccountName and the AccountKey in it"
    ),
    "gs": "set GOOGLE_APPLICATION_CREDENTIALS to the path of a service account's JSON key",
}
_STORE_SCHEMES = {"s3a": "s3", "abfs": "az", "abfss": "az"}
_NO_CREDENTIALS = (
    *("Account must be specified", "/latest/api/token", "/latest/meta-data", "/metadata/identity/"),
    "/computeMetadata/",
)


def error_from_missing_credentials(address: str, fault: str) -> RefusedError | None:
    """The error for an object store that has no credentials, by the words of the library's own; None for others.

    Without credentials the library asks the machine that a cloud runs, which elsewhere is not there.
    """
    scheme = address.partition("://")[0].lower()
    if not any(sign in fault for sign in _NO_CREDENTIALS):
        return None
    do = _STORE_ACCESS.get(_STORE_SCHEMES.get(scheme, scheme), "set the store's credentials in the environment")
    return RefusedError("no credentials for the object store are in the environment", where=address, do=do)
