"""The names of the progress rules, for the plan and for the command line, which starts without numpy. ``transforms.rules`` applies them."""

from typing import Literal, get_args

RuleName = Literal["pace", "statcan", "eurostat", "unsd", "sdsn", "hp2030", "destatis"]
RULE_NAMES: tuple[RuleName, ...] = get_args(RuleName)
