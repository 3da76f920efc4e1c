"""Keep the memory of a long run at that of one pull."""

import atexit
import gc
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa


@contextmanager
def import_outside_gc(name: str) -> Iterator[None]:
    """Import a large package with the garbage collector off, and exempt its objects from later collections.

    Otherwise the collector walks all of them again and again: a quarter of the time of the import, and a fifth of a
    second whenever it looks for frames that are no longer needed.
    """
    if name in sys.modules or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
        gc.freeze()
        atexit.register(gc.unfreeze)  # what stays exempt when the interpreter ends, nanobind reports as leaked
    finally:
        gc.enable()


@contextmanager
def import_without(name: str, by: str | None = None) -> Iterator[None]:
    """Import as if the package ``name`` were not installed; where it is loaded already it stays so afterwards.

    For a library that loads another whenever it is there. by: that library; nothing happens once it is loaded.
    """
    if by in sys.modules:
        yield
        return
    loaded = {one: module for one, module in sys.modules.items() if one == name or one.startswith(f"{name}.")}
    for one in loaded:
        del sys.modules[one]
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]
        sys.modules.update(loaded)


def import_when_used(name: str) -> None:
    """Let a library say ``from package import module`` at no cost until it takes something from the module.

    For a library that imports a large module of which it rarely needs anything. ``name``: ``package.module``. Nothing
    happens where the module is loaded already or does not exist.
    """
    spec = None if name in sys.modules else importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        return
    loader = importlib.util.LazyLoader(spec.loader)
    spec.loader = loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    loader.exec_module(module)
    package, _, attribute = name.rpartition(".")
    setattr(sys.modules[package], attribute, module)  # as the import system does


MANY_ROWS = 50_000
"""Checking fewer rows leaves less memory behind than a collection is worth, which walks all that Python holds."""


def release_memory(rows: int) -> None:
    """Return unused memory to the system after a pull, of which so many ``rows`` were checked.

    Great Expectations leaves frames in cycles of references, and the allocators of Arrow and of C keep pages for later.
    Arrow's system pool is C's own allocator, so this also frees what deltalake's threads held.
    """
    if rows >= MANY_ROWS:
        gc.collect()
    pa.default_memory_pool().release_unused()
    pa.system_memory_pool().release_unused()
