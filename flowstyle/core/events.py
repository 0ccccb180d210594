"""What the library tells whoever called it: one typed callback, no printing.

A caller passes ``report: Report`` and gets these small records; the command line draws them, a
program may log them as JSON (:meth:`Event.as_dict`), :func:`ignore` drops them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from flowstyle.core.plain import one_line


class Stage(StrEnum):
    """The stages of long work."""

    JOBS = "jobs"
    WEIGHTS = "weights"
    SHOTS = "shots"
    FLOW = "flow"
    PICTURE = "picture"
    FIRST_FRAME = "first frame"
    NEW_AREAS = "paint for new areas"
    KEYFRAMES = "keyframes"
    STYLISE = "stylise"
    REHEARSAL = "measuring how fast"
    PREVIEW = "preview"
    COMPARISON = "comparing"
    RECONSTRUCTION = "reconstruction"
    TRAINING = "training"
    MEASURING = "measuring"
    REPORT = "report"


@dataclass(frozen=True)
class Event:
    """Something that happened."""

    kind: ClassVar[str] = "event"

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON types, with the event's kind under ``event``; pictures are left out.

        Example:
            >>> Notice("the disk is nearly full").as_dict()
            {'event': 'notice', 'text': 'the disk is nearly full'}
        """
        values = {each.name: getattr(self, each.name) for each in fields(self) if each.compare}
        plain = {
            name: dict(value) if isinstance(value, Mapping) else value
            for name, value in values.items()
        }
        return {
            "event": self.kind,
            **{k: str(v) if isinstance(v, Stage) else v for k, v in plain.items()},
        }


@dataclass(frozen=True)
class Decision(Event):
    """A decision taken on the user's behalf, for instance which features are used and why.

    Control characters, which names may hold, are written out.
    """

    kind: ClassVar[str] = "decision"
    topic: str
    text: str

    def __post_init__(self) -> None:
        """Keep the text on one line."""
        object.__setattr__(self, "text", one_line(self.text))


@dataclass(frozen=True)
class Notice(Event):
    """Something the user should know that does not stop the run; on one line as a decision is."""

    kind: ClassVar[str] = "notice"
    text: str

    def __post_init__(self) -> None:
        """See :class:`Decision`."""
        object.__setattr__(self, "text", one_line(self.text))


@dataclass(frozen=True)
class Progress(Event):
    """Work done in one stage.

    ``done`` and ``total`` count ``unit`` (frames, iterations); ``total`` is None while unknown.
    ``terms`` holds the weighted loss terms of the unit just done, by name. ``frame`` is the number
    of the frame in work, as the clip counts, and ``shot`` that of its shot's first frame.
    """

    kind: ClassVar[str] = "progress"
    stage: Stage
    done: int
    total: int | None
    unit: str = "frames"
    terms: Mapping[str, float] = field(default_factory=dict)
    frame: int | None = None
    shot: int | None = None


@dataclass(frozen=True)
class FrameReady(Event):
    """A painted frame is committed.

    ``frame`` and ``shot`` (the shot's first frame) count as the clip does. ``final`` tells the
    result from the frames of earlier sweeps. ``seconds`` is the time that painting it took.
    ``image`` is the frame as it was committed, H×W×3 RGB.
    """

    kind: ClassVar[str] = "frame"
    frame: int
    shot: int
    sweep: int
    final: bool
    seconds: float
    image: NDArray[np.uint16] | None = field(default=None, compare=False, repr=False)


Report = Callable[[Event], None]


def ignore(event: Event) -> None:
    """Drop the event."""
