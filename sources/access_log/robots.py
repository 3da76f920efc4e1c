"""Which user agents are robots: the lists of COUNTER and of crawler-user-agents, and what a library adds to them.

COUNTER leaves robots out of every count and wants the list brought up to date at least yearly (update ``counter-robots``):
https://cop5.countermetrics.org/en/5.1.1/07-processing/08-internet-robots-and-crawlers.html
"""

from collections.abc import Sequence
from typing import Literal

from counter_robots import is_robot_or_machine
from crawleruseragents import is_crawler

RobotList = Literal["counter-robots", "crawler-user-agents"]


class RobotLists:
    """Answers by user agent and remembers: a log of a million lines holds a few thousand agents, and one costs 0.2 ms."""

    def __init__(self, lists: Sequence[RobotList], also: Sequence[str] = (), *, empty_is_robot: bool = True) -> None:
        """``also``: texts that mark a robot wherever they stand in an agent, in capitals or not."""
        self._lists = frozenset(lists)
        self._also = tuple(text.lower() for text in also)
        self._empty_is_robot = empty_is_robot
        self._known: dict[str, bool] = {}

    def names(self, agent: str | None) -> bool:
        """Whether ``agent`` is a robot. None (the log holds no agents) is not one: nothing can be said."""
        if agent is None:
            return False
        known = self._known.get(agent)
        if known is None:
            known = self._known[agent] = self._is_robot(agent)
        return known

    def _is_robot(self, agent: str) -> bool:
        if agent.strip() in {"", "-"}:
            return self._empty_is_robot
        return (
            ("counter-robots" in self._lists and bool(is_robot_or_machine(agent)))
            or ("crawler-user-agents" in self._lists and bool(is_crawler(agent)))
            or any(text in agent.lower() for text in self._also)
        )
