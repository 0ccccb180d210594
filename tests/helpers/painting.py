"""Shots painted in memory with the real engine, and tokens that are cancelled on a condition."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from flowstyle.core.cancel import CancelToken
from flowstyle.core.images import to_uint16
from flowstyle.engines.optimised.engine import OptimisedEngine
from flowstyle.engines.protocol import Engine, EngineContext, ShotOpening, ShotPainter
from flowstyle.execution.clip import paint_clip
from flowstyle.execution.inline import InlineExecutor
from flowstyle.execution.job import ShotJob
from flowstyle.execution.protocol import Watch, Workplace
from flowstyle.features.base import FeatureNetwork
from flowstyle.features.compact import load_compact
from flowstyle.flow.methods.dis import DisFlow
from flowstyle.flow.pairs import FlowPairs
from flowstyle.guides.styles import ConstantStyles, StylePicture
from flowstyle.losses.choose import choose_style_loss
from flowstyle.settings import Settings
from flowstyle.temporal.task import FrameTask, Painted
from tests.helpers.memory_frames import MemoryFrames

CPU = torch.device("cpu")


class CancelWhen(CancelToken):
    """Cancelled as soon as a condition holds, by a signal of the caller's choice."""

    def __init__(self, asked: Callable[[], bool], by: int = 0) -> None:
        super().__init__()
        self._asked = asked
        self._by = by

    @property
    def signum(self) -> int | None:
        return self._by if self._asked() else None


def texture(seed: int, height: int = 36, width: int = 96) -> Tensor:
    """A smooth random picture."""
    generator = torch.Generator().manual_seed(seed)
    small = torch.rand(1, 3, height // 4, width // 4, generator=generator)
    return torch.nn.functional.interpolate(small, (height, width), mode="bicubic").clamp(0, 1)


def panning(count: int, seed: int = 0) -> list[Tensor]:
    """A view of 48 columns that moves by two pixels a frame."""
    wide = texture(seed)
    return [wide[..., 2 * i : 2 * i + 48].contiguous() for i in range(count)]


def style_picture(image: Tensor, weight: float = 1.0) -> StylePicture:
    """A style as a job carries it."""
    return StylePicture(to_uint16(image), weight)


def context(
    settings: Settings,
    network: FeatureNetwork | None = None,
    cancel: CancelToken | None = None,
    **more,
) -> EngineContext:
    """What an engine is opened with."""
    loss = choose_style_loss(settings)
    token = cancel or CancelToken()
    return EngineContext(settings, CPU, network or load_compact(), loss, cancel=token, **more)


def painter(
    settings: Settings, style: Tensor | None = None, network: FeatureNetwork | None = None, **more
) -> ShotPainter:
    """The optimising engine, opened for a shot in one style."""
    styles = ConstantStyles.of([style_picture(texture(9, 32, 32) if style is None else style)])
    opening = ShotOpening(0, torch.zeros(1, 3, 32, 32))
    return OptimisedEngine().open(opening, styles, context(settings, network, **more))


class Counting:
    """An engine that notes the tasks it is given."""

    name = "counting"
    digest = ""

    def __init__(self) -> None:
        self.tasks: list[FrameTask] = []
        self._engine = OptimisedEngine()

    def open(self, shot, styles, context) -> Counting:
        self._painter = self._engine.open(shot, styles, context)
        return self

    def paint(self, task: FrameTask) -> Painted:
        self.tasks.append(task)
        return self._painter.paint(task)

    @property
    def ahead(self) -> list[int]:
        """Numbers of the frames painted ahead."""
        return [task.number for task in self.tasks if task.stage == "paint for new areas"]


def paint(
    frames: MemoryFrames,
    settings: Settings,
    cancel: CancelToken | None = None,
    *,
    engine: Engine | None = None,
    pairs: FlowPairs | None = None,
    watch: Watch | None = None,
    styles: tuple[StylePicture, ...] | None = None,
) -> list[Tensor]:
    """Paint all shots; the frames of the result."""
    pairs = pairs or FlowPairs(DisFlow(), frames.sources.load)
    workplace = Workplace(
        frames.frames,
        engine or OptimisedEngine(),
        pairs,
        context(settings, cancel=cancel),
        watch=watch,
    )
    chosen = styles or (style_picture(texture(9, 32, 32)),)

    def job(first: int, last: int | None) -> ShotJob:
        return ShotJob(Path("nowhere"), first, last, settings, settings.seed, chosen)

    try:
        count = paint_clip(InlineExecutor(workplace), job, frames.timeline)
    finally:
        pairs.close()
    return [frames.painted.load("stylised", i) for i in range(count)]


def as_frames(images: list[Tensor]) -> list[np.ndarray]:
    """Tensors as the arrays of a program."""
    return [(image[0].permute(1, 2, 0).numpy() * 255).round().astype(np.uint8) for image in images]
