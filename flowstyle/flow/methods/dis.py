"""Dense Inverse Search flow (Kroeger et al., ECCV 2016) through OpenCV: exact enough, no weights.

Chosen on clips of known motion at 512×288 (end point error of visible pixels) and on real frames
against artistic-videos' DeepFlow2: the finest scale is full resolution except for drafts, for
large frames where a flow is known to begin with, and for ``quick`` in either (0.06 to 0.26 px, half
resolution 0.11 to 0.44 px, in a third of the time); a slight blur before, and a variational
refinement that is three times as smooth and twice as long as OpenCV's medium preset,
leave clean clips as exact as they were, cut the error under noise of 5/255 from 0.25 to 0.20 px
and the difference to DeepFlow2 from 0.18 to 0.10 px. Smoothing the whole result along the
edges of the frame (FastGlobalSmootherFilter) raised the error on clean clips at every strength
tried, so only doubtful vectors are replaced in that way (:mod:`flowstyle.flow.mend`). A refinement
of 40 iterations, or a smoothness of 100, diverges on fast pans.

``quick`` is for trained networks, which take no longer for a frame than usual flow does: in small
frames the full resolution with hardly any refinement carries paint better than a draft (E_warp 0.78
in place of 1.00 times the source's on sintel_alley_1 at 400×170, 0.71 in place of 0.83 on
carphone) for 20 ms more a frame. In large frames it works at half the resolution, as well as a
draft in three quarters of its time (E_warp over ideal transport 3.96 and 3.98 at 1024×436, 1.65
and 1.67 at 1280×720); so it does in all frames where it begins with a known flow (1.39 at full
resolution, 1.44 at half, 400×224; 1.82 and 1.84, carphone).

OpenCV's DIS gives the same bits for any number of threads.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from flowstyle.flow.found_again import begin_again
from flowstyle.flow.masks import colour_difference
from flowstyle.flow.protocol import FramePair, Reach

SMALLEST_SIDE = 16
"""DIS refuses frames much smaller than two of its 8×8 patches; they are padded up to this."""


@dataclass(frozen=True)
class DisSettings:
    """What is set on OpenCV's medium preset; names follow OpenCV."""

    finest_scale: int
    patch_stride: int
    gradient_descent_iterations: int
    variational_refinement_iterations: int
    variational_refinement_alpha: float
    blur: float
    """Sigma in pixels of the Gaussian before; not OpenCV's."""


QUALITIES = {
    "draft": DisSettings(1, 4, 16, 5, 20.0, 0.0),
    "quick": DisSettings(0, 4, 8, 2, 60.0, 0.5),
    "default": DisSettings(0, 4, 12, 10, 60.0, 0.5),
    "fine": DisSettings(0, 3, 25, 20, 40.0, 0.5),
}


SMALL = 250_000
"""Pixels of the largest frames that do not count as large."""
CHEAPER = {
    "draft": QUALITIES["draft"],
    "quick": replace(QUALITIES["quick"], finest_scale=1),
    "default": QUALITIES["draft"],
    "fine": QUALITIES["default"],
}
"""What large frames are estimated with where a known flow is begun with. ``quick`` takes it where
either holds. Half the resolution takes out what a chain of flows has added up as well as the full
one does, in a third of the time (E_warp over ideal transport 1.29 and 1.30, at the long gap 2.34
and 2.43 times the source's; Big Buck Bunny, tried at 426 px, the half one without mending)."""


class DisFlow:
    """DIS on the CPU, whatever device the frames are on.

    Args:
        quality: ``draft``, ``quick``, ``default`` or ``fine``: about 1 : 2 : 3.5 : 6 in time.
            The latter two are worth mending (:mod:`flowstyle.flow.mend`), which takes as long as
            ``default``.

    Raises:
        ValueError: no such quality.
    """

    def __init__(self, quality: str = "default") -> None:
        if quality not in QUALITIES:
            raise ValueError(f"DIS qualities are {', '.join(QUALITIES)}; got {quality!r}")
        self.name = "dis" if quality == "default" else f"dis {quality}"
        self.digest = ""
        self.reach: Reach = "chained"  # over several frames things move farther than DIS finds
        self.takes_start = True
        self.cores = 3
        self.mended = self.steadied = quality in ("default", "fine")
        self._quality = quality

    def __call__(
        self,
        target: Tensor,
        source: Tensor,
        frames: FramePair | None = None,
        start: Tensor | None = None,
    ) -> Tensor:
        """Flow on the target's pixels, pointing into the source.

        Args:
            target: 1×3×H×W, RGB, [0, 1].
            source: 1×3×H×W, RGB, [0, 1].
            frames: not used.
            start: 1×2×H×W, a flow to begin with where things move far. Without one, what has moved
                too far is looked for (:mod:`flowstyle.flow.found_again`).

        Returns:
            1×2×H×W float32 in pixels, on the target's device.
        """
        grays = gray_8bit(target), gray_8bit(source)
        settings = self._settings_for(grays[0].size, begun=start is not None)
        if start is not None:
            return _estimate(settings, target, grays, start)
        plain = _estimate(settings, target, grays, None)
        begun = begin_again(plain, target, source)
        if begun is None:
            return plain
        again = _estimate(settings, target, grays, begun)
        before, after = (colour_difference(flow, target, source) for flow in (plain, again))
        return torch.where(after < before, again, plain)

    def _settings_for(self, pixels: int, *, begun: bool) -> DisSettings:
        """What frames of so many pixels are estimated with, from a start or without one."""
        large, quick = pixels > SMALL, self._quality == "quick"
        cheaper = (large and begun) or (quick and (large or begun))
        return (CHEAPER if cheaper else QUALITIES)[self._quality]


def _estimate(
    settings: DisSettings,
    target: Tensor,
    grays: tuple[NDArray[np.uint8], NDArray[np.uint8]],
    start: Tensor | None,
) -> Tensor:
    height, width = grays[0].shape
    pads = ((0, max(0, SMALLEST_SIDE - height)), (0, max(0, SMALLEST_SIDE - width)))
    blurred = (_blurred(gray, settings.blur) for gray in grays)
    first, second = (np.pad(gray, pads, mode="edge") for gray in blurred)
    field = None if start is None else start[0].permute(1, 2, 0).float().cpu().numpy()
    if field is not None:
        field = np.ascontiguousarray(np.pad(field, (*pads, (0, 0)), mode="edge"))
    # A new object for each call: OpenCV's holds buffers and is not safe to share by threads.
    flow = _estimator(settings).calc(first, second, field)[:height, :width]  # type: ignore[arg-type]
    tensor = torch.from_numpy(np.ascontiguousarray(flow.transpose(2, 0, 1)))
    return tensor[None].to(target.device)


def _blurred(gray: NDArray[np.uint8], sigma: float) -> NDArray[np.uint8]:
    return cv2.GaussianBlur(gray, (0, 0), sigma).astype(np.uint8) if sigma else gray


def _estimator(settings: DisSettings) -> cv2.DISOpticalFlow:
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    dis.setFinestScale(settings.finest_scale)
    dis.setPatchStride(settings.patch_stride)
    dis.setGradientDescentIterations(settings.gradient_descent_iterations)
    dis.setVariationalRefinementIterations(settings.variational_refinement_iterations)
    dis.setVariationalRefinementAlpha(settings.variational_refinement_alpha)
    return dis


def make(device: torch.device, quality: str) -> DisFlow:
    """See :data:`flowstyle.flow.registry.MakeFlow`; DIS runs on the CPU whatever the device."""
    return DisFlow(quality)


def gray_8bit(image: Tensor) -> NDArray[np.uint8]:
    """Luma (BT.601) of a picture as 8-bit, the only input that DIS takes.

    Args:
        image: 1×3×H×W, RGB, [0, 1].

    Returns:
        H×W uint8.
    """
    red, green, blue = image[0].detach().float()
    luma = (red * 0.299).add_(green * 0.587).add_(blue * 0.114)  # by planes: three times as fast
    gray: NDArray[np.uint8] = luma.mul_(255).round_().clamp_(0, 255).to(torch.uint8).cpu().numpy()
    return gray
