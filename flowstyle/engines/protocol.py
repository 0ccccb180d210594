"""What every engine offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, Self

import torch
from torch import Tensor

from flowstyle.core.cancel import CancelToken
from flowstyle.core.events import Report, ignore
from flowstyle.features.base import FeatureNetwork
from flowstyle.guides.styles import StylePicture, Styles
from flowstyle.losses.style_loss import StyleLoss
from flowstyle.settings import Settings
from flowstyle.temporal.task import FrameTask, Painted


@dataclass(frozen=True)
class ShotOpening:
    """A shot as an engine sees it before its first frame is painted.

    Args:
        first: index of its first frame, counted from the render's first.
        content: 1×3×H×W, that frame, on the device that paints.
    """

    first: int
    content: Tensor


@dataclass(frozen=True, eq=False)
class EngineContext:
    """What stays the same over a render.

    Args:
        settings: the render's.
        device: where frames are painted.
        network: feature network, on ``device``.
        style_loss: what is compared with the styles.
        report: told the iterations of what takes long.
        cancel: asked before every iteration.
        largest_pass: the most pixels that ``network`` may be run on at once, so that the memory
            suffices; None: any number.
    """

    settings: Settings
    device: torch.device
    network: FeatureNetwork
    style_loss: StyleLoss
    report: Report = ignore
    cancel: CancelToken = field(default_factory=CancelToken)
    largest_pass: int | None = None


class ShotPainter(Protocol):
    """Paints the frames of one shot, in whatever order they are asked for.

    The same task gives the same image, whatever was painted before: a resumed render, and one
    that is painted elsewhere, gives the same bytes.
    """

    def paint(self, task: FrameTask) -> Painted:
        """Paint one frame.

        Raises:
            NotFiniteError: the frame cannot be painted.
            Cancelled: the caller asked for an end.
        """


class Engine(Protocol):
    """Something that paints shots.

    Adding one: write a class with these members and ``ENGINES.register("name", it)``, see
    :mod:`flowstyle.engines.registry`.
    """

    @property
    def name(self) -> str:
        """Short name for messages, and for the check before a work folder is gone on with."""

    @property
    def digest(self) -> str:
        """What else decides its pixels, as SHA-256: weights; "" where settings and code do."""

    def for_styles(self, styles: Sequence[StylePicture]) -> Self:
        """The engine that paints in these styles: itself, where it paints in any.

        Args:
            styles: the pictures of the render.

        Raises:
            UsageError: it cannot paint in them.
        """

    def adapted(self, settings: Settings) -> Settings:
        """The settings of a render without what this engine makes no use of.

        What is gathered around a frame goes by them, and so do messages and work folder.

        Args:
            settings: as they were asked for.
        """

    def open(self, shot: ShotOpening, styles: Styles, context: EngineContext) -> ShotPainter:
        """Prepare for a shot; nothing in an engine changes from shot to shot but through this.

        Args:
            shot: where it begins.
            styles: over the shot; with the colours of its first frame where that was asked for.
            context: the render's; the same object for all its shots.
        """
