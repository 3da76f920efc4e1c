"""What each kind of notice is about, in a few words after the name of its subject."""

from reports.language import Language, english


def notice_heading(kind: str, t: Language | None = None, *, over: bool = False) -> str:
    """The heading of a kind; of one that is over, where its end has words of its own. In English by default."""
    t = t or english()
    key = f"over.{kind}"
    return t(key) if over and key in t.texts else t(f"notice.{kind}")
