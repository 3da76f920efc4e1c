"""A run that dies between the commit of a pull and the row that records it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from warehouse.schema import PULLS
from warehouse.tables import Tables


@contextmanager
def interrupted_before_the_ledger() -> Iterator[None]:
    """Inside, recording a pull raises ``KeyboardInterrupt``, which none of our code catches."""
    append = Tables.append

    def dies(self: Tables, table: object, data: object) -> None:
        if table is PULLS:
            raise KeyboardInterrupt
        append(self, table, data)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Tables, "append", dies)
        yield
