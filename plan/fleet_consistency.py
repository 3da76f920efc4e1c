"""Find what makes no sense in a fleet file although each part of it is valid."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from plan.finding import Finding
from plan.fleet import Fleet
from plan.suggestion import suggest


def check_fleet(fleet: Fleet, warehouses: Mapping[str, str]) -> Iterator[Finding]:
    """Every problem. ``warehouses``: the full address of each member's warehouse."""
    yield from _alike(fleet, warehouses)
    for name, member in fleet.members.items():
        for source in member.sources:
            if source not in fleet.sources:
                yield Finding(
                    ("members", name, "sources", source),
                    f"the fleet shares no source '{source}'",
                    suggest(source, fleet.sources),
                )
        if fleet.sharing_of(name) == "anonymous" and fleet.comparison.pseudonym_key is None:
            yield Finding(
                ("members", name, "sharing"),
                "a member without its name needs a pseudonym",
                "write 'pseudonym_key: ${env:NAME}' under 'comparison' and set NAME to a long random text",
            )
    yield from _indicators(fleet)


def _alike(fleet: Fleet, warehouses: Mapping[str, str]) -> Iterator[Finding]:
    """Members that share what each must have for itself."""
    addresses: dict[str, str] = {}
    names: dict[str, str] = {}
    for name, member in fleet.members.items():
        address = warehouses[name]
        key = address if "://" in address else str(Path(address).resolve())
        if key in addresses:
            what = f"'{name}' and '{addresses[key]}' have the same warehouse"
            yield Finding(("members", name, "warehouse"), what, "give each member a warehouse of its own")
        if member.name in names:
            what = f"'{name}' and '{names[member.name]}' have the same name for people"
            yield Finding(("members", name, "name"), what, "write names that tell them apart")
        addresses.setdefault(key, name)
        names.setdefault(member.name, name)


def _indicators(fleet: Fleet) -> Iterator[Finding]:
    for name, indicator in fleet.indicators.items():
        for member in indicator.members:
            if member not in fleet.members:
                yield Finding(
                    ("indicators", name, "members", member),
                    f"no member is called '{member}'",
                    suggest(member, fleet.members),
                )
        other = indicator.out_of
        if other is not None and (other not in fleet.indicators or other == name):
            yield Finding(
                ("indicators", name, "out_of"),
                f"the fleet has no other indicator '{other}'",
                suggest(other, [one for one in fleet.indicators if one != name]),
            )
        if other is not None and indicator.per:
            yield Finding(
                ("indicators", name, "per"), "a share is compared by its cases", "leave out 'per' or 'out_of'"
            )
