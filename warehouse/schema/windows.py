"""Windows: half-open runs of local days."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A half-open run of local days ``[start, end)``. Raises ``ValueError`` when it would be empty."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError(f"a window ends after it starts, not {self.start}..{self.end}")

    def __str__(self) -> str:
        return f"{self.start}..{self.end}"

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    def overlap(self, other: "Window") -> "Window | None":
        """The days in both windows, or None."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Window(start, end) if start < end else None

    def without(self, other: "Window") -> list["Window"]:
        """The days of this window that are not in ``other``, in order."""
        before, after = (self.start, min(self.end, other.start)), (max(self.start, other.end), self.end)
        return [Window(start, end) for start, end in (before, after) if start < end]

    def split(self, max_days: int) -> Iterator["Window"]:
        """Consecutive windows of at most ``max_days`` days that together make up this one."""
        start = self.start
        while start < self.end:
            end = min(start + timedelta(days=max_days), self.end)
            yield Window(start, end)
            start = end


def merged(windows: list[Window]) -> list[Window]:
    """The days of ``windows`` as the fewest windows, in order."""
    out: list[Window] = []
    for window in sorted(windows):
        if out and window.start <= out[-1].end:
            out[-1] = Window(out[-1].start, max(out[-1].end, window.end))
        else:
            out.append(window)
    return out
