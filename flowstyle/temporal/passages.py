"""Paint for the frames of a passage, in which one shot melts into the next.

A mixture of two pictures has no motion that flow could find, and paint of the first shot must not
outlast it. So each frame gets a mixture of two paints: that of the last frame which shows the first
shot alone, and that of the second shot's first frame, which is painted ahead for it, just as it
will be painted when its turn comes. Both are moved on as their camera moved outside the passage,
and mixed as the frame itself is mixed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from flowstyle.core.events import Stage
from flowstyle.core.images import to_device
from flowstyle.core.types import Passage
from flowstyle.flow.masks import consistent
from flowstyle.flow.pairs import FlowPairs, Pair
from flowstyle.flow.warp import in_frame, pixel_grid, warp
from flowstyle.settings import Settings
from flowstyle.temporal.frames import Frames
from flowstyle.temporal.pulls import Pull
from flowstyle.temporal.sweeps import Visit
from flowstyle.temporal.task import FrameTask, Paint

SEEN = 4
"""Pairs of frames next to a passage that tell how the camera moves."""
CLOSE = 0.5
"""Distance in pixels from the camera's motion at which a vector counts half."""
ROUNDS = 10
"""Rounds of the fit, in each of which vectors far from the last one count less."""
MOST_VECTORS = 100_000
"""Vectors of a flow that the fit looks at."""
AGREE = 0.4
"""Share of a frame that must move with the camera; else nothing is known, and paint is held."""

OpenShot = Callable[[int], Paint]
"""From a shot's first frame to how the engine paints that shot."""


@dataclass(frozen=True)
class _Ends:
    """What the frames of a passage are mixed from.

    Args:
        second: 1×3×H×W, the painted first frame of the second shot.
        motions: 3×3 each, what takes a pixel of a frame to its place in the frame one nearer to
            the first shot's last frame, and to the second shot's first one.
    """

    passage: Passage
    second: Tensor
    motions: tuple[Tensor, Tensor]


class Passages:
    """Mixes the paint of passages.

    It depends on committed frames, source frames and the style: a resumed run mixes the same.

    Args:
        frames: source and painted frames.
        pairs: flows.
        settings: the render's.
        device: where frames are painted.
        open_shot: opens the engine for the second shot.
    """

    def __init__(
        self,
        frames: Frames,
        pairs: FlowPairs,
        settings: Settings,
        device: torch.device,
        open_shot: OpenShot,
    ) -> None:
        self._frames = frames
        self._pairs = pairs
        self._settings = settings
        self._device = device
        self._open_shot = open_shot
        self._known: _Ends | None = None

    def pull(self, visit: Visit, passage: Passage) -> Pull:
        """The mixed paint on the pixels of a frame; not to be trusted where neither reaches.

        Args:
            visit: which frame of which sweep.
            passage: that it lies in.
        """
        before = passage.first - 1
        kind = visit.kind if visit.sweep.forward else visit.kind_before
        first = to_device(self._frames.painted.load(kind, before), self._device)
        ends = self._ends(visit, passage)
        parts = (
            _moved(first, ends.motions[0], visit.index - before),
            _moved(ends.second, ends.motions[1], passage.cut - visit.index),
        )
        share = passage.share(visit.index)
        image, known = mixed(parts, (1 - share, share))
        trust = self._settings.trust * known
        return Pull(
            image,
            trust,
            trust,
            torch.zeros_like(known),
            visit.sweep.temporal_weight,
        )

    def _ends(self, visit: Visit, passage: Passage) -> _Ends:
        if self._known is None or self._known.passage != passage:
            self._known = None  # the ones before are not needed while the new ones are made
            content = to_device(self._frames.sources.load(passage.cut), self._device)
            number = self._settings.start_frame + passage.cut
            task = FrameTask(passage.cut, number, Stage.FIRST_FRAME, content)
            second = self._open_shot(passage.cut)(task).image
            motions = self._motion_before(visit, passage), self._motion_after(passage)
            self._known = _Ends(passage, second, motions)
        return self._known

    def _motion_before(self, visit: Visit, passage: Passage) -> Tensor:
        """How the first shot moves before the passage, from a frame to the one before."""
        last = passage.first - 1
        earliest = max(visit.first, last - SEEN)
        return camera_motion([self._pairs.get(i, i - 1) for i in range(last, earliest, -1)])

    def _motion_after(self, passage: Passage) -> Tensor:
        """How the second shot moves after the passage, from a frame to the one after."""
        timeline, last = self._frames.timeline, passage.cut
        while last - passage.cut < SEEN and timeline.exists(last + 1):
            if timeline.begins_shot(last + 1) or timeline.passage(last + 1) is not None:
                break
            last += 1
        return camera_motion([self._pairs.get(i, i + 1) for i in range(passage.cut, last)])


def mixed(
    parts: tuple[tuple[Tensor, Tensor], ...], shares: tuple[float, ...]
) -> tuple[Tensor, Tensor]:
    """Mix pictures that each show a part of the frame.

    Args:
        parts: pictures 1×3×H×W, each with where it is known, 1×1×H×W of 0 and 1.
        shares: of the pictures, which add up to 1.

    Returns:
        1×3×H×W, the mixture of what is known of each pixel; 1×1×H×W, how much of its mixture that
        is.
    """
    weighed = [(image, share * known) for (image, known), share in zip(parts, shares, strict=True)]
    paint = torch.stack([weight * image for image, weight in weighed]).sum(0)
    known = torch.stack([weight for _, weight in weighed]).sum(0)
    return paint / known.clamp_min(1e-6), known


def camera_motion(pairs: list[Pair]) -> Tensor:
    """The affine motion that most of a frame follows, the mean of some pairs of frames.

    Args:
        pairs: each from a frame to its neighbour, all in one direction.

    Returns:
        3×3 float64 on the CPU; takes (x, y, 1) of a pixel to its place in the neighbour. No motion
        where there is no pair, or no common motion.
    """
    still = torch.eye(3, dtype=torch.float64)
    found = [_fitted(pair.to_b, pair.to_a) for pair in pairs]
    return torch.stack([still if one is None else one for one in found]).mean(0) if found else still


def _fitted(flow: Tensor, reverse: Tensor) -> Tensor | None:
    """An affine motion fitted to a flow by reweighted least squares, see :func:`camera_motion`."""
    x, y = pixel_grid(flow)
    plane = torch.ones_like(flow[:, :1])
    step = max(1, round((plane.numel() / MOST_VECTORS) ** 0.5))
    stacked = torch.cat(
        [x * plane, y * plane, plane, flow, consistent(flow, reverse)], 1
    )  # 1×6×H×W
    values = stacked[0, :, ::step, ::step].flatten(1).double().cpu().T  # points × 6
    places, vectors, sure = values[:, :3], values[:, 3:5], values[:, 5:]
    weight = sure
    for _ in range(ROUNDS):
        normal = places.T @ (weight * places) + 1e-6 * torch.eye(3, dtype=torch.float64)
        motion = torch.linalg.solve(normal, places.T @ (weight * vectors))  # 3 × 2
        apart = (vectors - places @ motion).square().sum(1, keepdim=True)
        weight = sure / (1 + apart / CLOSE**2)
    if float((sure * (apart < 4 * CLOSE**2)).mean()) < AGREE:
        return None
    result = torch.eye(3, dtype=torch.float64)
    result[:2] += motion.T
    return result


def _moved(image: Tensor, motion: Tensor, steps: int) -> tuple[Tensor, Tensor]:
    """A picture as the camera shows it some frames away, and where that is known.

    Args:
        image: 1×3×H×W.
        motion: 3×3, from a frame to the one a step nearer to the picture's own.
        steps: how many.
    """
    a = (torch.linalg.matrix_power(motion, steps) - torch.eye(3, dtype=torch.float64)).tolist()
    x, y = pixel_grid(image)
    flow = torch.stack([a[k][0] * x + a[k][1] * y + a[k][2] for k in (0, 1)], 1)
    return warp(image, flow, mode="bicubic").clamp(0, 1), in_frame(flow, slack=0.5)
