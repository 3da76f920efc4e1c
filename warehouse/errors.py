"""Every error that a user may meet. Each says where it happened, what is wrong and what to do next.

KmiError
├── ConfigError      mend the plan or the call
│   └── MissingExtraError  install what reads an object store
├── RetryableError   run again later; carries ``retry_after_s``
│   └── QuotaError   stopped before the provider's limit; the next run goes on
├── RefusedError     mend the access: a key, a permission, an address
├── ShapeError       the provider or the file changed its form
└── CheckError       look at the data: too much of it is wrong
    └── PullRefusedError   a whole pull; it is on the ledger of pulls already
"""

EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gcs", "az": "azure", "abfs": "azure", "abfss": "azure"}
"""The extra of the package that an address needs, by its scheme."""


class KmiError(Exception):
    """``where: what: what to do``; the parts stay readable as attributes."""

    def __init__(self, what: str, *, where: str = "", do: str = "") -> None:
        self.what, self.where, self.do = what, where, do
        super().__init__(": ".join(part for part in (where, what, do) if part))


class ConfigError(KmiError):
    """The plan, an option or a setting is wrong: mend it and run again."""


class MissingExtraError(ConfigError):
    """An address lies in an object store, and the library that reads it is not installed."""

    def __init__(self, address: str) -> None:
        extra = EXTRAS.get(address.partition("://")[0].lower(), "s3,gcs,azure")
        do = f"install it: pip install 'km-indicators[{extra}]', or in a checkout uv sync --extra {extra.split(',')[0]}"
        super().__init__("what reads an object store is not installed", where=address, do=do)


class RetryableError(KmiError):
    """The fault is expected to pass. ``retry_after_s`` is the wait in seconds that the other side asked for, if any."""

    def __init__(
        self, what: str, *, where: str = "", do: str = "run again later", retry_after_s: float | None = None
    ) -> None:
        super().__init__(what, where=where, do=do)
        self.retry_after_s = retry_after_s


class QuotaError(RetryableError):
    """What the provider allows for now is used up, or nearly. No fault: what was read is kept and the next run goes on."""


class RefusedError(KmiError):
    """The other side says no: mend the access."""


class ShapeError(KmiError):
    """What came back does not have the form that the source declares."""


class CheckError(KmiError):
    """The data have the right form and are still not to be trusted."""


class PullRefusedError(CheckError):
    """So much of a pull was refused that nothing of it was taken. It is on the ledger of pulls, with what was refused."""
