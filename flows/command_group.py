"""The group of all ``kmi`` commands: errors in one line, and the exit code that they have."""

import sys
from typing import Any, NoReturn

import click

from warehouse.errors import ConfigError, KmiError
from warehouse.system_errors import error_from_os


class Commands(click.Group):
    """Prints an error in one line, without a traceback, and exits with its code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            sys.exit(1)
        except (KmiError, OSError) as error:
            if ctx.params["debug"]:
                raise
            fail(error if isinstance(error, KmiError) else error_from_os(error, str(error.filename or "")))


def fail(error: KmiError) -> NoReturn:
    for line in str(error).splitlines():
        click.echo(line, err=True)
    sys.exit(2 if isinstance(error, ConfigError) else 1)
