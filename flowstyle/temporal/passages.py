"""Paint for the frames of a passage, in which one shot melts into the next.

A mixture of two pictures has no motion that flow could find, and paint of the first shot must not
outlast it. So each frame gets a mixture of two paints: that of the last frame which shows the first
shot alone, and that of the second shot's first frame, which is painted ahead for it, just as it
will be painted when its turn comes. Both are moved on as their camera moved outside the passage,
and mixed as the frame itself is mixed.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from flowstyle.core.events import Stage
from flowstyle.core.images import to_device
from flowstyle.core.types import Passage
from flowstyle.flow.camera_model import CameraModel, detail_of, fit_camera
from flowstyle.flow.paint_warp import warp_paint
from flowstyle.flow.pairs import FlowPairs
from flowstyle.flow.warp import in_frame
from flowstyle.settings import Settings
from flowstyle.temporal.frames import Frames
from flowstyle.temporal.pulls import Pull
from flowstyle.temporal.sweeps import Visit
from flowstyle.temporal.task import FrameTask, Paint

SEEN = 4
"""Pairs of frames next to a passage that tell how the camera moves."""
OpenShot = Callable[[int], Paint]
"""From a shot's first frame to how the engine paints that shot."""


@dataclass(frozen=True)
class _Ends:
    """What the frames of a passage are mixed from.

    Args:
        second: 1×3×H×W, the painted first frame of the second shot.
        motions: of the camera, from a frame to the one nearer to the first shot's last frame, and
            to the one nearer to the second shot's first.
    """

    passage: Passage
    second: Tensor
    motions: tuple[CameraModel, CameraModel]


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
            moved(first, ends.motions[0], visit.index - before),
            moved(ends.second, ends.motions[1], passage.cut - visit.index),
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

    def _motion_before(self, visit: Visit, passage: Passage) -> CameraModel:
        """How the first shot moves before the passage, from a frame to the one before."""
        last = passage.first - 1
        earliest = max(visit.first, last - SEEN)
        return self._motion(range(last, earliest - 1, -1))

    def _motion_after(self, passage: Passage) -> CameraModel:
        """How the second shot moves after the passage, from a frame to the one after."""
        timeline, last = self._frames.timeline, passage.cut
        while last - passage.cut < SEEN and timeline.exists(last + 1):
            if timeline.begins_shot(last + 1) or timeline.passage(last + 1) is not None:
                break
            last += 1
        return self._motion(range(passage.cut, last + 1))

    def _motion(self, indices: range) -> CameraModel:
        """From a frame to the next one of some frames in a row."""
        pictures = [self._frames.sources.load(index) for index in indices]
        flows = [self._pairs.get(a, b).to_b for a, b in itertools.pairwise(indices)]
        return camera_motion(flows, pictures)


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


def camera_motion(flows: list[Tensor], pictures: list[Tensor]) -> CameraModel:
    """How the camera moves over some frames in a row, the mean of its motions.

    Args:
        flows: 1×2×H×W, each from a frame to the next.
        pictures: 1×3×H×W, the frames; one more than flows.

    Returns:
        The model; no motion where there is no flow, or no common motion.
    """
    details = [detail_of(picture) for picture in pictures]
    found = [
        fit_camera(flow[0].float().cpu().numpy(), target, source)
        for flow, (target, source) in zip(flows, itertools.pairwise(details), strict=True)
    ]
    terms = [np.zeros((2, 6)) if one is None else one.terms for one in found]
    return CameraModel(np.mean(terms, axis=0) if terms else np.zeros((2, 6)), 0.0)


def moved(image: Tensor, motion: CameraModel, steps: int) -> tuple[Tensor, Tensor]:
    """A picture as the camera shows it some frames away, and where that is known.

    Args:
        image: 1×3×H×W.
        motion: from a frame to the one a step nearer to the picture's own.
        steps: how many.
    """
    height, width = image.shape[-2:]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    place = np.stack([x, y])
    far = np.array([width, height], np.float32)[:, None, None]
    for _ in range(steps):
        place = place + motion.at(place[0], place[1], (height, width))
        place = place.clip(-far, 2 * far)  # beyond the frame the model knows nothing, and may grow
    flow = torch.from_numpy(place - np.stack([x, y]))[None].to(image)
    return warp_paint(image, flow).clamp(0, 1), in_frame(flow, slack=0.5)
