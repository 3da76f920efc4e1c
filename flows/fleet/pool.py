"""Runs members side by side in a few processes, each of which imports everything once.

Each process is a pool of its own with one worker. So where a process dies, by a fault of a library or for want of
memory, it is known whose run it was: that member has failed, and a new process goes on with the next.
"""

import gc
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from queue import SimpleQueue

from flows.fleet.members import MemberResult, MemberRun, run_member

DIED = (
    "its process died, from want of memory or a fault in a library: run it alone with"
    " 'kmi fleet run --member', and with fewer --processes"
)
Process = ProcessPoolExecutor


def default_processes() -> int:
    """As many as this process may use processors."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_members(
    runs: Sequence[MemberRun], processes: int, run: Callable[[MemberRun], MemberResult] = run_member
) -> Iterator[MemberResult]:
    """The results in the order in which they are done. A fault of one member touches no other."""
    count = max(1, min(processes, len(runs)))
    idle: SimpleQueue[Process] = SimpleQueue()
    for _ in range(count):
        idle.put(_new_process())
    threads = ThreadPoolExecutor(count, thread_name_prefix="kmi-fleet")
    try:
        jobs = [threads.submit(_run_in_idle, idle, run, one) for one in runs]
        for job in as_completed(jobs):
            yield job.result()
    finally:  # where the caller stops early, as for Ctrl-C, no further member is begun
        threads.shutdown(cancel_futures=True)
        for _ in range(count):
            idle.get().shutdown()


def _new_process() -> Process:
    """A process that is spawned, not forked: the libraries that this one has loaded have threads."""
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=_collect_rarely)


def _collect_rarely() -> None:
    """As on the command line: the usual thresholds of the garbage collector cost a sixth of the time of a run."""
    gc.set_threshold(50_000, 20, 20)


def _run_in_idle(
    idle: "SimpleQueue[Process]", run: Callable[[MemberRun], MemberResult], one: MemberRun
) -> MemberResult:
    """Run in the next idle process, which is replaced where it dies."""
    process = idle.get()
    try:
        return process.submit(run, one).result()
    except BrokenProcessPool:
        process.shutdown(wait=False)
        process = _new_process()
        return MemberResult(one.member, DIED)
    except OSError as error:  # of starting a process
        return MemberResult(one.member, f"no process could be started for it ({error}): use fewer --processes")
    finally:
        idle.put(process)
