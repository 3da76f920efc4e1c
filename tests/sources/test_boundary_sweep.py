"""Every parser under hostile answers: only errors of the project leave it, and none takes long or much memory.

The quick test draws a sample. The slow one goes through each node, member, cell and line of each fragment, then draws
pairs until the time of the parser is used up; it prints its counts (pytest -s).
"""

import io
import random
import resource
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle, islice

import pandas as pd
import pytest
from openpyxl import Workbook

from sources import frames
from sources.contract import RawPage, Source
from sources.registry import SOURCES, source_class
from tests.sources.hostile import Variant, pairs, variants
from tests.sources.test_conformance import FRAGMENTS, Fragment
from warehouse.errors import KmiError

QUICK_INPUTS = 100
CPU_SECONDS = 18.0
LONGEST_S = 10.0
LARGEST_KB = 1_000_000
WORKBOOK = "measures in a workbook"
EVERY = {"access_log": 20, "ga4": 20, WORKBOOK: 20}
"""Arrow's JSON reader, openpyxl and a log's database start anew for each body: each 20th change is tried of these."""
PARSERS = [*SOURCES, WORKBOOK]


@dataclass
class Sweep:
    """The inputs that one parser was given, and what left it."""

    source: Source
    pages: Sequence[RawPage]
    outcomes: Counter[str] = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)
    longest_s: float = 0.0
    peak_kb: int = field(default_factory=lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)

    def give(self, at: int, variant: Variant) -> None:
        """Parse the pages with the variant in the place of one of them."""
        given = [*self.pages[:at], replace(self.pages[at], content=variant.body), *self.pages[at + 1 :]]
        begun = time.process_time()
        try:
            self.source.parse(given)
            self.outcomes["read"] += 1
        except KmiError as error:
            self.outcomes[type(error).__name__] += 1
            str(error).encode()
        except Exception as fault:  # noqa: BLE001 - whatever it is, it is the finding
            self.faults[f"{type(fault).__name__}: {fault}"[:200]] = f"page {at}: {variant.what}"
        self.longest_s = max(self.longest_s, time.process_time() - begun)

    @property
    def inputs(self) -> int:
        return self.outcomes.total() + len(self.faults)

    def require_typed(self) -> None:
        assert not self.faults, self.faults
        assert self.longest_s < LONGEST_S
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - self.peak_kb < LARGEST_KB


def sweep_of(name: str) -> Sweep:
    known = "measures" if name == WORKBOOK else name
    fragment = Fragment(known, source_class(known), FRAGMENTS / known)
    pages = fragment.pages()
    return Sweep(fragment.source(), [as_workbook(pages[0])] if name == WORKBOOK else pages)


def as_workbook(page: RawPage) -> RawPage:
    """The first lines of a text file as a workbook."""
    book, body = Workbook(), io.BytesIO()
    for line in page.body.decode().splitlines()[:4]:
        book.active.append([float(cell) if cell.isdigit() else cell for cell in line.split(",")])
    book.save(body)
    return replace(page, content=body.getvalue(), url="figures.xlsx")


def bodies(pages: Iterable[RawPage]) -> list[tuple[int, bytes]]:
    """Each distinct body with the number of its page."""
    return [(at, body) for body, at in {page.body: at for at, page in enumerate(pages) if page.body}.items()]


def single_changes(pages: Sequence[RawPage]) -> Iterator[tuple[int, Variant]]:
    return ((at, variant) for at, body in bodies(pages) for variant in variants(body))


def double_changes(pages: Sequence[RawPage]) -> Iterator[tuple[int, Variant]]:
    """Pairs, 200 of each body in turn, without end; nothing where no body is JSON."""
    chance = random.Random(20261124)
    endless = {at: pairs(body, chance) for at, body in bodies(pages)}
    started = [(at, chain) for at, chain in endless.items() if next(chain, None)]
    for at, chain in cycle(started):
        yield from ((at, variant) for variant in islice(chain, 200))


@pytest.mark.parametrize("name", PARSERS)
def test_a_sample_of_hostile_answers_gives_typed_errors_only(name: str) -> None:
    sweep = sweep_of(name)
    every = [(at, body, sum(1 for _ in variants(body))) for at, body in bodies(sweep.pages)]
    wanted = QUICK_INPUTS // 3 if name in EVERY else QUICK_INPUTS
    step = max(sum(count for *_, count in every) // wanted, 1)
    for at, variant in islice(single_changes(sweep.pages), 7, None, step):
        sweep.give(at, variant)
    sweep.require_typed()
    assert sweep.inputs >= wanted - 1


@pytest.mark.slow
@pytest.mark.parametrize("name", PARSERS)
def test_hostile_answers_give_typed_errors_only(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows pass the guard of ``record_frames``; only the frames behind it are left out, which take longest."""
    nothing, nothing_refused = frames.observation_frame([]), frames.refused_frame([])

    def no_frame(rows: object) -> pd.DataFrame:
        return nothing

    def no_refused_frame(rows: object) -> pd.DataFrame:
        return nothing_refused

    monkeypatch.setattr(frames, "observation_frame", no_frame)
    monkeypatch.setattr(frames, "refused_frame", no_refused_frame)
    sweep, begun = sweep_of(name), time.process_time()
    for at, variant in islice(single_changes(sweep.pages), 0, None, EVERY.get(name, 1)):
        sweep.give(at, variant)
    single = sweep.inputs
    for at, variant in double_changes(sweep.pages):
        if time.process_time() - begun > CPU_SECONDS:
            break
        sweep.give(at, variant)
    spent = time.process_time() - begun
    print(f"\n{name}: {sweep.inputs:,} inputs ({single:,} of one change) in {spent:.0f} s, {dict(sweep.outcomes)}")
    sweep.require_typed()
