"""Published rules that judge progress towards a target, as pure functions over arrays.

See ``registry``.
"""
