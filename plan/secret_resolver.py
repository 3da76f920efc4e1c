"""Look up references to secrets. Values are passed on, never stored or written."""

from collections.abc import Callable, Mapping

from sources.secrets import REFERENCE, SecretResolver
from warehouse.errors import ConfigError


def resolver(environment: Mapping[str, str], load_block: Callable[[str], str] | None = None) -> SecretResolver:
    """A function that resolves ``${env:NAME}`` and, with ``load_block``, ``${prefect:block}``."""

    def resolve(reference: str) -> str:
        match = REFERENCE.fullmatch(reference)
        if match is None:
            raise ConfigError(
                "a secret is never written into the plan", do="write ${env:NAME} or ${prefect:block-name}"
            )
        place, name = match.groups()
        if place == "prefect":
            if load_block is None:
                raise ConfigError(
                    "Prefect's secret blocks are read only inside a Prefect flow",
                    where=reference,
                    do="run the flow, or use ${env:NAME}",
                )
            return load_block(name)
        if not environment.get(name):
            raise ConfigError(
                "the environment variable is not set", where=reference, do=f"set {name} for the user that runs kmi"
            )
        return environment[name]

    return resolve
