"""Which user agents are robots: by the lists of COUNTER, crawler-user-agents and monitors, and by texts of the plan.

COUNTER excludes robots from every count and requires an update of the list at least once a year (``counter-robots``):
https://cop5.countermetrics.org/en/5.1.1/07-processing/08-internet-robots-and-crawlers.html
"""

import re
from collections.abc import Sequence
from typing import Literal

from counter_robots import is_robot_or_machine
from crawleruseragents import is_crawler

RobotList = Literal["counter-robots", "crawler-user-agents", "monitors"]

_MONITORS = """
    ELB-HealthChecker, kube-probe, GoogleHC, GoogleStackdriverMonitoring, Amazon-Route53-Health-Check-Service,
    Edge Health Probe, Load Balancer Agent, Azure Traffic Manager, HTTP Load Balancer Health, Envoy/HC, HAProxy,
    Cloudflare-Healthchecks, Cloudflare-Traffic-Manager, DigitalOcean Uptime, Consul Health Check, Docker-HealthCheck,
    internal dummy connection, check_http, monitoring-plugins, nagios, Icinga, Zabbix, Monit/, Prometheus/, Blackbox,
    Uptime-Kuma, UptimeRobot, Uptimebot, Better Uptime, Better Stack, Pingdom, StatusCake, Site24x7, Freshping,
    HetrixTools, Checkly, NodePing, Uptrends, updown.io, Datadog, NewRelicPinger, AlwaysOn, GTmetrix, Catchpoint,
    DynatraceSynthetic, ApacheBench, JMeter, Apache-HttpClient, hey/, vegeta, k6/, Locust, siege/, wrk/, Gatling,
    artillery, oha/, bombardier, fortio, h2load, Tsung, loader.io, BlazeMeter, LoadRunner, HeadlessChrome, PhantomJS,
    Playwright, Puppeteer
"""
_IS_MONITOR = re.compile(
    "(?i)(?<![a-z0-9])(?:" + "|".join(re.escape(name.strip()) for name in _MONITORS.split(",")) + ")"
)
"""Health checkers of balancers and clusters, uptime monitors, and tools for load and browser tests."""

_CACHE_SIZE = 50_000


class RobotLists:
    """Remembers what it looked up: a log of a million lines has a few thousand agents, and a lookup takes 0.2 ms."""

    def __init__(self, lists: Sequence[RobotList], also: Sequence[str] = (), *, empty_is_robot: bool = True) -> None:
        """``also``: texts that mark a robot anywhere in a user agent, in any case."""
        self._lists = frozenset(lists)
        self._also = tuple(text.lower() for text in also)
        self._empty_is_robot = empty_is_robot
        self._lookups: dict[str, bool] = {}

    def is_robot(self, agent: str | None) -> bool:
        """Whether ``agent`` is a robot. None (a log without agents) counts as a visitor."""
        if agent is None:
            return False
        found = self._lookups.get(agent)
        if found is None:
            if len(self._lookups) >= _CACHE_SIZE:
                self._lookups.clear()
            found = self._lookups[agent] = self._look_up(agent)
        return found

    def _look_up(self, agent: str) -> bool:
        if agent.strip() in {"", "-"}:
            return self._empty_is_robot
        return (
            ("counter-robots" in self._lists and bool(is_robot_or_machine(agent)))
            or ("crawler-user-agents" in self._lists and bool(is_crawler(agent)))
            or ("monitors" in self._lists and _IS_MONITOR.search(agent) is not None)
            or any(text in agent.lower() for text in self._also)
        )
