"""Woodcut waves: one of the project's style pictures, printed row by row from far to near."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.demo.noise import Array, Colour, floats, fractal_noise, ramp, smoothstep
from scripts.demo.picture import Size, finish, grid

_SHIFT = 4  # cv2 draws with coordinates in 1/16 pixel
INK: Colour = (0.07, 0.12, 0.27)
CREAM: Colour = (0.97, 0.93, 0.82)


@dataclass(frozen=True)
class Wave:
    """A row of breaking waves, K points from left to right; all in pixels.

    ``calm`` is x on the calm surface, ``lean`` how far a point leans over to the left, ``rise`` how
    high it rises. ``base`` is y of the calm surface, ``high`` the largest rise; ``depth`` is 0 for
    the farthest row and 1 for the nearest.
    """

    calm: Array
    lean: Array
    rise: Array
    base: float
    high: float
    depth: float


def _crest(
    width: int, wave: float, high: float, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """A row of breaking waves: a trochoid whose tops lean over to the left.

    Returns:
        K each, from left to right: x of the calm surface, how far a point leans over, and how high
        it rises (pixels).
    """
    t = np.linspace(-1, width / wave + 1, int((width / wave + 2) * 160)).astype(np.float32)
    knots = rng.uniform(0.35, 1.15, int(width / wave) + 5)
    tall = np.interp(t, np.arange(len(knots)) - 1, knots)
    cycle = 2 * np.pi * (t + rng.uniform(0, 1))
    lift = (0.5 + 0.5 * np.cos(cycle)) ** 1.7 * tall
    lean = -0.12 * wave * np.sin(cycle) - 0.50 * wave * lift**2.4
    return t * floats(wave), lean.astype(np.float32), (high * lift).astype(np.float32)


def waves(size: Size = (512, 640), seed: int = 1) -> NDArray[np.uint8]:
    """Woodcut waves: leaning crests in indigo and cream, carved lines, foam, and a red sun."""
    rng = np.random.default_rng((seed, 3))
    height, width = 2 * size[0], 2 * size[1]
    x, y = grid(height, width)
    unit = height / 1024
    grain = fractal_noise((height, width), (6 * unit, 240 * unit), rng, 4, 0.7)
    picture = ramp(
        np.clip(1 - 2.6 * y / height, 0, 1),
        [(0.96, 0.87, 0.70), (0.97, 0.91, 0.76), (0.86, 0.86, 0.78), (0.42, 0.58, 0.68)],
    )
    sun = np.hypot(x - 0.70 * width, y - 0.20 * height) - 105 * unit
    disc = smoothstep(1.5, -1.5, sun)[..., None]
    red = ramp(np.clip((y / height - 0.08) * 4, 0, 1), [(0.86, 0.27, 0.18), (0.95, 0.55, 0.36)])
    picture = picture * (1 - disc) + red * disc
    for _ in range(9):  # long thin clouds
        cx, cy = rng.uniform(0, width), rng.uniform(0.06, 0.30) * height
        long, thin = rng.uniform(130, 330) * unit, rng.uniform(5, 13) * unit
        bar = np.abs(y - cy - 5 * unit * np.sin(x / (50 * unit))) - thin * np.sqrt(
            np.clip(1 - ((x - cx) / long) ** 2, 0, 1)
        )
        bar = smoothstep(1.2, -1.2, np.where(np.abs(x - cx) < long, bar, 9))[..., None]
        picture = picture * (1 - bar) + floats([0.98, 0.95, 0.87]) * bar
    blues: list[Colour] = [
        (0.70, 0.80, 0.78), (0.47, 0.66, 0.72), (0.28, 0.50, 0.64),
        (0.17, 0.37, 0.57), (0.11, 0.26, 0.47), (0.09, 0.19, 0.38),
    ]  # fmt: skip
    canvas = (np.clip(picture, 0, 1) * 255).astype(np.uint8)
    rows = 8
    for row in range(rows):
        depth = row / (rows - 1)
        long, high = (150 + 330 * depth) * unit, (60 + 230 * depth) * unit
        base = (0.40 + 0.70 * depth**1.15) * height
        wave = Wave(*_crest(width, long, high, rng), base, high, depth)
        _print_body(canvas, wave, blues, unit, rng)
        _print_foam(canvas, wave, unit, rng)
    painted = canvas.astype(np.float32) / 255
    paper = fractal_noise((height, width), 7 * unit, rng, 3)
    return finish(painted * (0.90 + 0.14 * grain + 0.06 * paper)[..., None])


def _fixed(curve: Array) -> NDArray[np.int32]:
    """Pixels as cv2 takes them, in sixteenths."""
    return np.rint(curve * 2**_SHIFT).astype(np.int32)


def _tone(colour: Sequence[float]) -> tuple[float, float, float]:
    """A colour in [0, 1] as one of 8 bits."""
    return (float(colour[0] * 255), float(colour[1] * 255), float(colour[2] * 255))


def _dot(canvas: NDArray[np.uint8], at: Array, radius: int, colour: Colour) -> None:
    """A filled circle; the radius in sixteenths of a pixel."""
    centre = [int(c) for c in _fixed(at)]
    cv2.circle(canvas, centre, radius, _tone(colour), -1, cv2.LINE_AA, _SHIFT)


def _line(canvas: NDArray[np.uint8], curve: Array, colour: Colour, thick: int) -> None:
    """A line through points."""
    cv2.polylines(canvas, [_fixed(curve)], False, _tone(colour), thick, cv2.LINE_AA, _SHIFT)


def _print_body(
    canvas: NDArray[np.uint8],
    wave: Wave,
    blues: Sequence[Colour],
    unit: float,
    rng: np.random.Generator,
) -> None:
    """Prints the body of a row: nested swells, the inner ones flatter, and the outline.

    Each swell ends in a carved line, of ink or, broken here and there, of paper.
    """
    height, width = canvas.shape[:2]
    floor = floats([[width + 400, height + 400], [-400, height + 400]])
    table = ramp(np.linspace(0, 1, 64).astype(np.float32), blues)
    thick = max(int((1.4 + 3.2 * wave.depth) * unit), 1)
    steps = 24
    for k in range(steps):
        rest = (1 - k / steps) ** 1.3
        sink = 0.95 * wave.high * (k / steps) ** 1.2
        level = np.stack([wave.calm + wave.lean * rest, wave.base - wave.rise * rest + sink], -1)
        shade = np.clip(0.10 + 0.40 * wave.depth + 0.55 * abs(((k * 0.21) % 2) - 1), 0, 1)
        body = [_fixed(np.concatenate([level, floor]))]
        cv2.fillPoly(canvas, body, _tone(table[int(shade * 63)]), cv2.LINE_AA, _SHIFT)
        if k % 2:
            _line(canvas, level, INK, thick)
            continue
        breaks = np.flatnonzero(rng.random(len(level)) < 0.02)
        for part in np.split(level, breaks)[::2] if k else [level]:
            _line(canvas, part, CREAM, thick)
    _line(canvas, np.stack([wave.calm + wave.lean, wave.base - wave.rise], -1), INK, thick + 2)


def _print_foam(
    canvas: NDArray[np.uint8], wave: Wave, unit: float, rng: np.random.Generator
) -> None:
    """Prints the foam on the crests of a row: an outlined chain of fingers, then loose dots."""
    points = np.stack([wave.calm + wave.lean, wave.base - wave.rise], -1)
    tangent = np.gradient(points, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-6
    normals = np.stack([tangent[:, 1], -tangent[:, 0]], -1)
    # The front of a crest foams more than its back.
    lift = wave.rise / wave.high - 0.22 * (np.gradient(wave.rise) < 0)
    size = (3 + 15 * wave.depth) * unit
    for colour, grow in ((INK, 2.6 * unit), (CREAM, 0.0)):
        fingers = np.random.default_rng(int(1000 * wave.depth))  # the same for both colours
        for k in range(0, len(points), 3):
            foam = float(lift[k])
            if foam < 0.35:
                continue
            reach = size * fingers.uniform(0.5, 1.3) * foam
            at = points[k] + normals[k] * fingers.uniform(-0.7, 0.5) * size
            _dot(canvas, at, int((reach + grow) * 2**_SHIFT), colour)
    for k in range(0, len(points), 2):
        if lift[k] > 0.3 and rng.random() < 0.5:
            at = points[k] + normals[k] * rng.exponential(2.2 * size) + rng.normal(0, size, 2)
            _dot(canvas, at, int(rng.uniform(0.10, 0.32) * size * 2**_SHIFT), CREAM)
