"""Names as a plan has to write them."""

import json
import re

_PLAIN = re.compile(r"[^\W\d_][\w .&/()'’–-]*")
_OTHER = frozenset(("true", "false", "yes", "no", "on", "off", "y", "n", "null"))


def yaml_text(name: str) -> str:
    """``name`` as YAML reads it as a text within a list or mapping: Hill, but "103", "No" and "Hill, Main"."""
    is_plain = _PLAIN.fullmatch(name) and name == name.strip() and name.casefold() not in _OTHER
    return name if is_plain else json.dumps(name, ensure_ascii=False)
