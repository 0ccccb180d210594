"""A synthetic clip whose flow, occlusion and static pixels are known exactly.

Layers are drawn back to front: a textured background, then a disc that moves sideways and a
rectangle that moves and turns. Textures are sums of sine waves, so they are evaluated at any real
position and nothing is ever resampled. Pixel (x, y) is the point (x, y).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Layer:
    """A rigid textured shape; ``half`` is (radius,) for a disc, (w/2, h/2) for a rectangle.

    An empty ``half`` covers the whole plane (background). The centre moves by ``velocity`` pixels
    and the shape turns by ``spin`` radians a frame.
    """

    half: tuple[float, ...]
    centre: tuple[float, float]
    velocity: tuple[float, float]
    spin: float
    texture: int
    base: tuple[float, float, float]
    contrast: float = 0.35

    def to_local(self, x: Floats, y: Floats, t: float) -> tuple[Floats, Floats]:
        """Position in frame ``t`` → position on the shape."""
        dx = x - self.centre[0] - self.velocity[0] * t
        dy = y - self.centre[1] - self.velocity[1] * t
        c, s = math.cos(self.spin * t), math.sin(self.spin * t)
        return c * dx + s * dy, -s * dx + c * dy

    def to_frame(self, u: Floats, v: Floats, t: float) -> tuple[Floats, Floats]:
        """Position on the shape → position in frame ``t``."""
        c, s = math.cos(self.spin * t), math.sin(self.spin * t)
        return (
            c * u - s * v + self.centre[0] + self.velocity[0] * t,
            s * u + c * v + self.centre[1] + self.velocity[1] * t,
        )

    def covers(self, u: Floats, v: Floats) -> NDArray[np.bool_]:
        """Which positions on the shape's plane belong to it."""
        if not self.half:
            return np.ones(np.shape(u), bool)
        if len(self.half) == 1:
            return np.asarray(u * u + v * v <= self.half[0] ** 2)
        return np.asarray((np.abs(u) <= self.half[0]) & (np.abs(v) <= self.half[1]))

    def colour(self, u: Floats, v: Floats) -> Floats:
        """Texture at positions on the shape, …×3 in [0, 1]."""
        rng = np.random.default_rng(self.texture)
        out = np.broadcast_to(np.array(self.base), (*np.shape(u), 3)).copy()
        for k in range(18):
            wavelength = 6.0 * 1.22**k  # 6 … 180 px: detail for the flow, large shapes for the eye
            angle = (k + rng.uniform()) * 2.4  # the golden angle spreads the directions
            kx, ky = (2 * math.pi / wavelength) * np.array([math.cos(angle), math.sin(angle)])
            tint = rng.normal(size=3) * 0.4 + rng.choice((-0.8, 0.8))
            wave = np.sin(kx * u + ky * v + rng.uniform(0, 2 * math.pi))
            out += self.contrast * 0.1 * 1.06**k * tint * wave[..., None]
        return np.clip(out, 0.0, 1.0)


@dataclass(frozen=True)
class MotionClip:
    """The clip; all exact quantities are computed for any pair of frames."""

    width: int
    height: int
    length: int
    layers: tuple[Layer, ...]
    pan: bool

    @cached_property
    def _grid(self) -> tuple[Floats, Floats]:
        y, x = np.mgrid[: self.height, : self.width].astype(np.float64)
        return x, y

    def _top(self, x: Floats, y: Floats, t: int) -> NDArray[np.intp]:
        """Index of the visible layer at positions of frame ``t``."""
        top = np.zeros(np.shape(x), np.intp)
        for i, layer in enumerate(self.layers):
            top[layer.covers(*layer.to_local(x, y, t))] = i
        return top

    def shown(self, t: int) -> NDArray[np.intp]:
        """Which of ``layers`` each pixel of frame ``t`` shows, H×W."""
        x, y = self._grid
        return self._top(x, y, t)

    def frame(self, t: int) -> NDArray[np.uint8]:
        """Frame ``t``, H×W×3 uint8, edges antialiased by 3×3 samples a pixel."""
        x, y = self._grid
        colours = [layer.colour(*layer.to_local(x, y, t)) for layer in self.layers]
        total = np.zeros((self.height, self.width, 3))
        for sx in (-1 / 3, 0.0, 1 / 3):
            for sy in (-1 / 3, 0.0, 1 / 3):
                top = self._top(x + sx, y + sy, t)
                for i, colour in enumerate(colours):
                    total += np.where((top == i)[..., None], colour, 0.0)
        return np.rint(total / 9 * 255).astype(np.uint8)

    @cached_property
    def frames(self) -> list[NDArray[np.uint8]]:
        """All frames."""
        return [self.frame(t) for t in range(self.length)]

    def flow(self, target: int, source: int) -> NDArray[np.float32]:
        """Exact flow, 2×H×W in pixels, on the pixels of ``target``, pointing into ``source``."""
        x, y = self._grid
        sx, sy = self._landing(target, source)
        return np.stack([sx - x, sy - y]).astype(np.float32)

    def _landing(self, target: int, source: int) -> tuple[Floats, Floats]:
        x, y = self._grid
        top = self._top(x, y, target)
        sx, sy = x.copy(), y.copy()
        for i, layer in enumerate(self.layers):
            ax, ay = layer.to_frame(*layer.to_local(x, y, target), source)
            sx, sy = np.where(top == i, ax, sx), np.where(top == i, ay, sy)
        return sx, sy

    def off_frame(self, target: int, source: int) -> NDArray[np.bool_]:
        """Target pixels whose point lies outside the source frame."""
        sx, sy = self._landing(target, source)
        inside = (sx >= 0) & (sx <= self.width - 1) & (sy >= 0) & (sy <= self.height - 1)
        return ~inside

    def occluded(self, target: int, source: int) -> NDArray[np.bool_]:
        """Target pixels whose point is hidden behind another layer in the source frame."""
        x, y = self._grid
        return self._top(*self._landing(target, source), source) != self._top(x, y, target)

    def static(self, target: int, source: int, margin: int = 2) -> NDArray[np.bool_]:
        """Background pixels at least ``margin`` px from any moving layer in both frames.

        Empty for the ``pan`` variant, in which the background moves too.
        """
        if self.pan:
            return np.zeros((self.height, self.width), bool)
        x, y = self._grid
        still = np.ones((self.height, self.width), bool)
        for dx in range(-margin, margin + 1):
            for dy in range(-margin, margin + 1):
                for t in (target, source):
                    still &= self._top(x + dx, y + dy, t) == 0
        return still

    @property
    def forward(self) -> list[NDArray[np.float32]]:
        """``forward[t]``: target ``t``, source ``t + 1``; one fewer than frames."""
        return [self.flow(t, t + 1) for t in range(self.length - 1)]

    @property
    def backward(self) -> list[NDArray[np.float32]]:
        """``backward[t]``: target ``t + 1``, source ``t``; one fewer than frames."""
        return [self.flow(t + 1, t) for t in range(self.length - 1)]


def motion_clip(
    width: int = 128, height: int = 72, length: int = 6, *, pan: bool = False, speed: float = 1.0
) -> MotionClip:
    """Make the clip; everything scales with the picture's width.

    Args:
        width: of a frame, in pixels.
        height: of a frame, in pixels.
        length: number of frames.
        pan: let the background move as a camera pan does, so that new content enters at a side.
        speed: factor on all motion; 1 moves the disc by 2 % of the width a frame.
    """
    step = width * 0.02 * speed
    drift = (-1.2 * step, 0.15 * step) if pan else (0.0, 0.0)
    layers = (
        Layer((), (0.0, 0.0), drift, 0.0, 11, (0.45, 0.5, 0.55)),
        Layer((0.2 * height,), (0.3 * width, 0.35 * height), (step, 0.2 * step), 0.0, 22,
              (0.75, 0.4, 0.25)),
        Layer((0.12 * width, 0.14 * height), (0.68 * width, 0.66 * height),
              (-0.7 * step, -0.3 * step), 0.05 * speed, 33, (0.25, 0.55, 0.3)),
    )  # fmt: skip
    return MotionClip(width, height, length, layers, pan)
