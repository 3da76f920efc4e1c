"""Whether the settings of a source changed between two pulls, by the hashes that the ledger keeps of them."""

HASH_FORM = "set-"
"""How a hash of those settings begins that are not the default. Version 0.1 hashed all, and began with nothing."""


def settings_changed(before: str, now: str) -> bool:
    """Whether settings changed. Hashes of two forms do not tell, so that an upgrade is not taken for a change."""
    return before != now and before.startswith(HASH_FORM) == now.startswith(HASH_FORM)
