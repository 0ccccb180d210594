"""Frames of a shot kept in memory, with the rounding that the work folder has."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from flowstyle.core.images import to_tensor, to_uint16
from flowstyle.core.types import Passage
from flowstyle.temporal.frames import Frames


class MemoryTimeline:
    """Fulfils flowstyle.temporal.frames.Timeline."""

    stopped = False

    def __init__(
        self, count: int, cuts: tuple[int, ...], passages: tuple[Passage, ...] = ()
    ) -> None:
        self.count = count
        self.cuts = (*cuts, *(passage.cut for passage in passages))
        self.passages = passages

    def exists(self, index: int) -> bool:
        return 0 <= index < self.count

    def begins_shot(self, index: int) -> bool:
        return index in self.cuts

    def passage(self, index: int) -> Passage | None:
        return next((one for one in self.passages if one.first <= index <= one.last), None)


class MemorySources:
    """Fulfils flowstyle.temporal.frames.SourceFrames."""

    def __init__(self, frames: list[Tensor]) -> None:
        self.frames = frames

    def load(self, index: int) -> Tensor:
        return self.frames[index]


class MemoryPainted:
    """Fulfils flowstyle.temporal.frames.PaintedFrames."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, int], Tensor] = {}
        self.discarded: set[str] = set()
        self.committed: list[tuple[str, int]] = []

    def is_done(self, kind: str, index: int) -> bool:
        return (kind, index) in self.kept or kind in self.discarded

    def load(self, kind: str, index: int) -> Tensor:
        return self.kept[kind, index]

    def commit(
        self, kind: str, index: int, image: Tensor, noted: Mapping[str, float]
    ) -> NDArray[np.uint16]:
        rounded = to_uint16(image)
        self.kept[kind, index] = to_tensor(rounded)
        self.committed.append((kind, index))
        return rounded

    def discard(self, kind: str) -> None:
        self.discarded.add(kind)
        self.kept = {key: value for key, value in self.kept.items() if key[0] != kind}


class MemoryFrames:
    """All frames of a render in memory; ``frames`` is what a shot is painted with."""

    def __init__(
        self,
        source: list[Tensor],
        cuts: tuple[int, ...] = (),
        passages: tuple[Passage, ...] = (),
    ) -> None:
        self.timeline = MemoryTimeline(len(source), cuts, passages)
        self.sources = MemorySources(source)
        self.painted = MemoryPainted()
        self.frames = Frames(self.timeline, self.sources, self.painted)
