"""Memory between pulls."""

import gc
import importlib
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from warehouse.memory import MANY_ROWS, import_outside_gc, import_when_used, import_without, release_memory


@pytest.fixture(autouse=True)
def collecting() -> Iterator[None]:
    """The collector as it was."""
    yield
    gc.unfreeze()
    assert gc.isenabled(), "a test left the collector off"


def test_the_collector_rests_while_a_package_is_imported_and_never_walks_it_again() -> None:
    assert "a_large_package" not in sys.modules
    before = gc.get_freeze_count()
    with import_outside_gc("a_large_package"):
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() > before


def test_a_package_that_is_there_already_freezes_nothing() -> None:
    before = gc.get_freeze_count()
    with import_outside_gc("pandas"):
        assert gc.isenabled()
    assert gc.get_freeze_count() == before


def test_the_collector_works_again_after_an_import_that_failed() -> None:
    with pytest.raises(ImportError), import_outside_gc("a_large_package"):
        raise ImportError
    assert gc.isenabled()


def test_a_module_that_is_imported_when_used_runs_only_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    package = tmp_path / "a_library"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "large.py").write_text("print('it runs')\nANSWER = 42\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    import_when_used("a_library.large")
    large = importlib.import_module("a_library").large
    assert capsys.readouterr().out == ""
    assert large.ANSWER == 42
    assert capsys.readouterr().out == "it runs\n"
    import_when_used("a_library.large")
    assert importlib.import_module("a_library.large") is large, "a module that is loaded stays"


def test_a_package_cannot_be_imported_inside_and_is_the_same_afterwards() -> None:
    package, module = (importlib.import_module(name) for name in ("email", "email.message"))
    with import_without("email"):
        for name in ("email", "email.message", "email.mime.text"):
            with pytest.raises(ImportError):
                importlib.import_module(name)
    assert importlib.import_module("email") is package
    assert importlib.import_module("email.message") is module
    with import_without("a_library_that_is_not_there"):
        pass
    assert "a_library_that_is_not_there" not in sys.modules


def test_a_module_that_does_not_exist_is_left_to_its_importer() -> None:
    import_when_used("email.a_large_module")
    assert "email.a_large_module" not in sys.modules


@pytest.mark.parametrize(("rows", "given_back"), [(MANY_ROWS - 1, False), (MANY_ROWS, True)])
def test_a_frame_in_a_ring_of_references_is_given_back_after_many_rows(rows: int, given_back: bool) -> None:
    frame = pd.DataFrame({"value": [1.0]})
    frame.attrs["ring"] = [frame.attrs, frame]
    gone = weakref.ref(frame)
    del frame
    gc.disable()
    release_memory(rows)
    gc.enable()
    assert (gone() is None) == given_back
