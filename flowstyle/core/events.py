"""What the library tells whoever called it: one typed callback, no printing.

A caller passes ``report: Report`` and gets these small records; the command line draws them, a
program may log them, :func:`ignore` drops them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Decision:
    """A decision taken on the user's behalf, for instance which features are used and why."""

    topic: str
    text: str


@dataclass(frozen=True)
class Notice:
    """Something the user should know that does not stop the run."""

    text: str


@dataclass(frozen=True)
class Progress:
    """Work done in one stage.

    ``done`` and ``total`` count ``unit`` (frames, iterations); ``total`` is None while unknown.
    ``terms`` holds the weighted loss terms of the unit just done, by name.
    """

    stage: str
    done: int
    total: int | None
    unit: str = "frames"
    terms: Mapping[str, float] = field(default_factory=dict)


Event = Decision | Notice | Progress
Report = Callable[[Event], None]


def ignore(event: Event) -> None:
    """Drop the event."""
