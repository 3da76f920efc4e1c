"""The names of the progress rules.

The rules themselves are in ``transforms.rules``, which needs numpy.
"""

from typing import Literal, get_args

RuleName = Literal["pace", "statcan", "eurostat", "unsd", "sdsn", "hp2030", "destatis"]
RULE_NAMES: tuple[RuleName, ...] = get_args(RuleName)
