"""Frames of a sequence kept in memory, with the rounding that the work folder has."""

from __future__ import annotations

from torch import Tensor

from flowstyle.core.images import to_tensor, to_uint16


class MemoryFrames:
    """Fulfils flowstyle.temporal.frames.Frames."""

    def __init__(self, source: list[Tensor], cuts: tuple[int, ...] = ()) -> None:
        self._source = source
        self._cuts = cuts
        self.kept: dict[tuple[str, int], Tensor] = {}
        self.discarded: set[str] = set()
        self.committed: list[tuple[str, int]] = []

    def exists(self, index: int) -> bool:
        return 0 <= index < len(self._source)

    def begins_shot(self, index: int) -> bool:
        return index in self._cuts

    def source(self, index: int) -> Tensor:
        return self._source[index]

    def is_done(self, kind: str, index: int) -> bool:
        return (kind, index) in self.kept or kind in self.discarded

    def load(self, kind: str, index: int) -> Tensor:
        return self.kept[kind, index]

    def commit(self, kind: str, index: int, image: Tensor, seconds: float) -> None:
        self.kept[kind, index] = to_tensor(to_uint16(image))
        self.committed.append((kind, index))

    def discard(self, kind: str) -> None:
        self.discarded.add(kind)
        self.kept = {key: value for key, value in self.kept.items() if key[0] != kind}
