"""Scenes under a moving camera, painted from nothing, for clips whose cuts are known."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.common.paths import DEMO
from scripts.demo.noise import fractal_noise

Image = NDArray[np.float32]
Rng = np.random.Generator
SIZE = (160, 90)
"""Width and height of all clips."""
MARGIN = 3.0
"""Width and height of a scene's canvas, in frames: what the camera has to pan over."""


@dataclass
class Camera:
    """Where the camera looks at each moment.

    Args:
        pan: pixels a frame to the right and down.
        zoom: factor a frame.
        shake: pixels, standard deviation of each frame's place.
    """

    pan: tuple[float, float] = (0.0, 0.0)
    zoom: float = 1.0
    shake: float = 0.0

    def window(self, time: float, rng: Rng) -> NDArray[np.float32]:
        """2×3 matrix from a frame's pixels to the canvas's, centred at time 0."""
        width, height = SIZE
        scale = self.zoom**-time
        x = MARGIN * width / 2 + self.pan[0] * time + rng.normal() * self.shake
        y = MARGIN * height / 2 + self.pan[1] * time + rng.normal() * self.shake
        return np.array(
            [[scale, 0, x - scale * width / 2], [0, scale, y - scale * height / 2]], np.float32
        )


@dataclass
class Thing:
    """A textured disc that crosses the picture.

    Args:
        place: of its centre at time 0, parts of the frame.
        speed: pixels a frame.
        radius: pixels.
        colour: RGB in [0, 1].
    """

    place: tuple[float, float]
    speed: tuple[float, float]
    radius: float
    colour: NDArray[np.float32]

    def draw(self, image: Image, time: float) -> None:
        """Paint it over a frame."""
        x = self.place[0] * SIZE[0] + self.speed[0] * time
        y = self.place[1] * SIZE[1] + self.speed[1] * time
        colour = tuple(float(c) for c in self.colour)
        centre, inner = (
            (round(16 * x), round(16 * y)),
            (round(16 * x - 5 * self.radius), round(16 * y)),
        )
        cv2.circle(image, centre, round(16 * self.radius), colour, -1, cv2.LINE_AA, 4)
        shade = tuple(0.5 * c for c in colour)
        cv2.circle(image, inner, round(7 * self.radius), shade, -1, cv2.LINE_AA, 4)


@dataclass
class Scene:
    """A canvas, a camera and things in front of it.

    Args:
        canvas: H×W×3 float32 in [0, 1], larger than a frame.
        camera: how it moves.
        things: what crosses it.
        grain: standard deviation of each pixel's noise.
        seed: of shake and grain.
    """

    canvas: Image
    camera: Camera
    things: list[Thing] = field(default_factory=list)
    grain: float = 0.0
    seed: int = 0

    def frame(self, time: float, blur: float = 0.0) -> Image:
        """The picture at a moment, counted in frames.

        Args:
            time: in frames.
            blur: part of the time to the next frame that the shutter is open.

        Returns:
            H×W×3 float32 in [0, 1].
        """
        rng = np.random.default_rng((self.seed, round(8 * time) + 10_000))
        matrix = self.camera.window(time, rng)
        image = _look(self.canvas, matrix)
        if blur:
            length = math.hypot(*self.camera.pan) * blur
            steps = [self.camera.window(time + blur * k / 8, rng) for k in range(8)]
            if length > 1:
                image = np.mean([_look(self.canvas, step) for step in steps], axis=0)
        for thing in self.things:
            thing.draw(image, time)
        if self.grain:
            image = image + rng.normal(0, self.grain, image.shape).astype(np.float32)
        return np.clip(image, 0, 1).astype(np.float32)


def scene(
    rng: Rng, *, speed: float = 1.0, things: int | None = None, kind: int | None = None
) -> Scene:
    """A scene by chance.

    Args:
        rng: what decides.
        speed: how fast camera and things move; 1 is calm, 6 is hurried.
        things: number of them; by chance if None.
        kind: number of the painter of its canvas; by chance if None.
    """
    painter = PAINTERS[int(rng.integers(len(PAINTERS))) if kind is None else kind]
    canvas = painter(rng)
    angle = rng.uniform(0, 2 * np.pi)
    pan = rng.uniform(0, 2.0) * speed
    zoom = 1 + rng.choice([0, 0, 0.004, -0.004]) * min(speed, 3)
    camera = Camera(
        (pan * np.cos(angle), 0.5 * pan * np.sin(angle)), zoom, float(rng.choice([0, 0, 0, 0.5]))
    )
    count = int(rng.integers(0, 4)) if things is None else things
    crossing = [_thing(rng, speed) for _ in range(count)]
    grain = float(rng.choice([0, 0.004, 0.012]))
    return Scene(canvas, camera, crossing, grain, int(rng.integers(1 << 30)))


def _thing(rng: Rng, speed: float) -> Thing:
    pace = rng.uniform(0.5, 3.0) * speed * rng.choice([-1, 1])
    place = (rng.uniform(0.1, 0.9), rng.uniform(0.2, 0.8))
    return Thing(
        place,
        (pace, rng.uniform(-0.5, 0.5) * speed),
        rng.uniform(5, 18),
        rng.random(3).astype(np.float32),
    )


def _look(canvas: Image, matrix: NDArray[np.float32]) -> Image:
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    found = cv2.warpAffine(canvas, matrix, SIZE, flags=flags, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(found, np.float32)


def _shape() -> tuple[int, int]:
    return round(MARGIN * SIZE[1]), round(MARGIN * SIZE[0])


def clouds(rng: Rng) -> Image:
    """Soft noise between two colours."""
    cell = float(rng.choice([10, 20, 40]))
    noise = fractal_noise(_shape(), cell, rng, octaves=int(rng.integers(2, 5)))[..., None]
    first, second = rng.random((2, 3)).astype(np.float32)
    return first * (1 - noise) + second * noise


def marble(rng: Rng) -> Image:
    """Noise of its own in each channel."""
    cell = float(rng.choice([8, 14, 30]))
    return np.dstack([fractal_noise(_shape(), cell, rng, octaves=3) for _ in range(3)])


def shapes(rng: Rng) -> Image:
    """Flat polygons on a flat ground."""
    height, width = _shape()
    canvas = np.empty((height, width, 3), np.float32)
    canvas[:] = rng.random(3)
    for _ in range(int(rng.integers(25, 70))):
        corner = rng.uniform(0, 1, 2) * (width, height)
        points = corner + rng.normal(0, 30, (int(rng.integers(3, 6)), 2))
        colour = tuple(float(c) for c in rng.random(3))
        cv2.fillPoly(canvas, [points.astype(np.int32)], colour, cv2.LINE_AA)
    return canvas


def landscape(rng: Rng) -> Image:
    """A sky over hills: what many shots have in common."""
    height, width = _shape()
    sky = np.array([0.55, 0.7, 0.9]) + rng.normal(0, 0.06, 3)
    fade = np.linspace(0.8, 1.1, height)[:, None, None]
    canvas = np.clip(fade * sky, 0, 1).repeat(width, axis=1).astype(np.float32)
    for layer in range(3):
        base = height * (0.42 + 0.1 * layer)
        line = base + 50 * (fractal_noise((1, width), 40.0, rng)[0] - 0.5)
        under = np.arange(height)[:, None] > line[None]
        colour = np.array([0.2, 0.4, 0.2]) * rng.uniform(0.5, 1.6) + rng.normal(0, 0.05, 3)
        shade = 0.7 + 0.6 * fractal_noise((height, width), 9.0, rng)[..., None]
        canvas = np.where(under[..., None], np.clip(colour * shade, 0, 1), canvas)
    return canvas.astype(np.float32)


def town(rng: Rng) -> Image:
    """Walls with rows of windows."""
    height, width = _shape()
    canvas = np.empty((height, width, 3), np.float32)
    canvas[:] = rng.uniform(0.4, 0.9, 3)
    x = 0
    while x < width:
        wide, top = int(rng.integers(25, 70)), int(rng.integers(0, height // 2))
        wall, glass = rng.uniform(0.15, 0.8, (2, 3))
        canvas[top:, x : x + wide] = wall
        step = int(rng.integers(9, 16))
        for row in range(top + 5, height, step):
            for column in range(x + 4, min(x + wide, width) - 5, step):
                canvas[row : row + step // 2, column : column + step // 2] = glass
        x += wide
    return canvas


@cache
def demo_frames() -> tuple[Image, ...]:
    """The demo clip's frames, RGB in [0, 1]."""
    capture = cv2.VideoCapture(str(DEMO / "clip.mp4"))
    frames = []
    while True:
        there, image = capture.read()
        if not there:
            return tuple(frames)
        frames.append(np.asarray(image[..., ::-1], np.float32) / 255)


def demo_piece(rng: Rng, third: int) -> Callable[[float], Image]:
    """A piece of the demo clip: a part of its width, which no other third shows.

    Args:
        rng: what decides on the height, and whether it is mirrored.
        third: 0, 1 or 2, from left to right.
    """
    frames = demo_frames()
    height, width = frames[0].shape[:2]
    columns = width // 3
    rows = int(columns * SIZE[1] / SIZE[0] * 1.2)
    y, x = int(rng.integers(height - rows + 1)), third * columns
    mirrored = bool(rng.integers(2))

    def frame(time: float) -> Image:
        image = frames[abs(round(time) % (2 * len(frames) - 2) - len(frames) + 1)]
        image = image[y : y + rows, x : x + columns]
        image = image[:, ::-1] if mirrored else image
        return np.asarray(cv2.resize(image, SIZE, interpolation=cv2.INTER_AREA), np.float32)

    return frame


PAINTERS = (clouds, marble, shapes, landscape, town)
"""What paints canvases."""
