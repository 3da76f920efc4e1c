"""Whether the settings of a source changed between two pulls, by the hashes that the ledger keeps of them."""


def settings_changed(before: str, now: str) -> bool:
    """Whether settings changed. Two forms (before ``-``) do not tell, so that an upgrade is no change."""
    return before != now and before.rpartition("-")[0] == now.rpartition("-")[0]
