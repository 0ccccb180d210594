"""Clips with known cuts: a few shots each, of every kind that cut detectors stumble over."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from scripts.benchmarks.cuts_scenes import SIZE, Image, Rng, Scene, Thing, demo_piece, scene

Shot = Callable[[float], Image]
"""A shot's picture at a moment, counted in frames from its middle."""


@dataclass(frozen=True)
class Change:
    """Where one shot gives way to the next.

    Args:
        first: first frame that may count as its place.
        last: the last one; a hard cut has one place only.
    """

    first: int
    last: int


@dataclass(frozen=True, eq=False)
class Clip:
    """Frames and the changes of shot that they hold.

    Args:
        kind: what it tries.
        frames: H×W×3 uint8.
        changes: in order.
    """

    kind: str
    frames: list[NDArray[np.uint8]]
    changes: list[Change]


def make(kind: str, number: int) -> Clip:
    """The clip of a kind with a number; the same every time."""
    rng = np.random.default_rng((zlib.crc32(kind.encode()), number))
    images, changes = MAKERS[kind](rng)
    return Clip(kind, [_bytes(image) for image in images], changes)


def all_clips(counts: dict[str, int] | None = None, first: int = 0) -> Iterator[Clip]:
    """Clips of all kinds, one by one.

    Args:
        counts: how many of each kind; :data:`COUNTS` if None.
        first: number of each kind's first clip; other numbers are other clips.
    """
    for kind, count in (counts or COUNTS).items():
        for number in range(first, first + count):
            yield make(kind, number)


Made = tuple[list[Image], list[Change]]


def _bytes(image: Image) -> NDArray[np.uint8]:
    return np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)


def _length(rng: Rng) -> int:
    return int(rng.integers(18, 31))


def _take(shot: Shot, count: int) -> list[Image]:
    return [shot(k - count / 2) for k in range(count)]


def _joined(rng: Rng, shots: Sequence[Shot]) -> Made:
    images: list[Image] = []
    changes = []
    for shot in shots:
        if images:
            changes.append(Change(len(images), len(images)))
        images += _take(shot, _length(rng))
    return images, changes


def _scenes(rng: Rng, count: int, speed: float = 1.0) -> list[Shot]:
    return [scene(rng, speed=speed).frame for _ in range(count)]


def plain(rng: Rng) -> Made:
    """Hard cuts between calm scenes."""
    return _joined(rng, _scenes(rng, 4))


def hurried(rng: Rng) -> Made:
    """Hard cuts between scenes that move fast."""
    return _joined(rng, _scenes(rng, 4, speed=4.0))


def pieces(rng: Rng) -> Made:
    """Hard cuts between pieces of the demo clip, and painted scenes."""
    thirds = rng.permutation(3)
    first, second, third = (demo_piece(rng, int(number)) for number in thirds)
    return _joined(rng, [first, scene(rng).frame, second, third])


def dark(rng: Rng) -> Made:
    """Hard cuts in scenes as dark as night."""
    shots = []
    for one in _scenes(rng, 4):
        level, depth = rng.uniform(0.0, 0.04), rng.uniform(0.06, 0.16)
        shots.append(_mapped(one, lambda image, a=level, b=depth: a + b * image))
    return _joined(rng, shots)


def letterbox(rng: Rng) -> Made:
    """Hard cuts between black bars."""
    rows = int(rng.integers(12, 28))
    columns = int(rng.choice([0, 0, 30]))

    def barred(image: Image) -> Image:
        image = image.copy()
        image[:rows] = image[-rows:] = 0
        if columns:
            image[:, :columns] = image[:, -columns:] = 0
        return image

    return _joined(rng, [_mapped(one, barred) for one in _scenes(rng, 4)])


def pale(rng: Rng) -> Made:
    """Hard cuts in haze: every scene has the same mean and little contrast."""
    mean, depth = rng.uniform(0.3, 0.7), rng.uniform(0.1, 0.25)
    haze = lambda image: mean + depth * (image - image.mean(axis=(0, 1)))  # noqa: E731
    return _joined(rng, [_mapped(one, haze) for one in _scenes(rng, 4)])


def same_colours(rng: Rng) -> Made:
    """Hard cuts between scenes of one palette: other views of the same place."""
    state = rng.bit_generator.state
    kind = int(rng.integers(2))
    first = scene(rng, kind=(3, 0)[kind])
    shots: list[Shot] = [first.frame]
    for step in range(3):
        other = np.random.default_rng()
        other.bit_generator.state = state
        same = scene(other, kind=(3, 0)[kind])
        canvas = np.roll(first.canvas, (0, 140 * (step + 1)), axis=(0, 1))
        shots.append(Scene(canvas, same.camera, [], first.grain, int(rng.integers(1 << 30))).frame)
    return _joined(rng, shots)


def grainy(rng: Rng) -> Made:
    """Hard cuts under strong grain."""
    scenes = [scene(rng) for _ in range(4)]
    for one in scenes:
        one.grain = 0.06
    return _joined(rng, [one.frame for one in scenes])


def dissolve(rng: Rng) -> Made:
    """One scene melts into the next."""
    return _melted(rng, _scenes(rng, 3), (6, 25))


def slow_dissolve(rng: Rng) -> Made:
    """One still scene melts into the next over a second or so."""
    shots = [scene(rng, speed=0.1, things=0).frame for _ in range(2)]
    return _melted(rng, shots, (20, 29))


def _melted(rng: Rng, shots: Sequence[Shot], lengths: tuple[int, int]) -> Made:
    images = _take(shots[0], _length(rng))
    changes, clock = [], len(images) / 2
    for before, after in pairwise(shots):
        count, rest = int(rng.integers(*lengths)), _length(rng)
        start = -(count + rest) / 2
        changes.append(Change(len(images), len(images) + count))
        for k in range(count):
            part = (k + 1) / (count + 1)
            images.append((1 - part) * before(clock + k) + part * after(start + k))
        images += [after(start + count + k) for k in range(rest)]
        clock = start + count + rest
    return images, changes


def fade(rng: Rng) -> Made:
    """A fade to black, and from black to another scene."""
    images: list[Image] = []
    changes, before = [], 0
    for number, shot in enumerate(_scenes(rng, 3)):
        shown, length = _take(shot, _length(rng) + 12), int(rng.integers(5, 12))
        for k in range(length):
            level = (k + 0.5) / length
            if number:
                shown[k] = shown[k] * level
            if number < 2:
                shown[-1 - k] = shown[-1 - k] * level
        if number:
            black = int(rng.integers(0, 8))
            changes.append(Change(len(images) - before, len(images) + black + length))
            images += [np.zeros_like(shown[0])] * black
        before = length
        images += shown
    return images, changes


def flash(rng: Rng) -> Made:
    """Light that flares up for up to three frames; no cut but one."""
    images, changes = _joined(rng, _scenes(rng, 2))
    for at in (8, len(images) - 9):
        for k in range(int(rng.integers(1, 4))):
            images[at + k] = images[at + k] * 0.3 + rng.uniform(0.6, 0.9)
    return images, changes


def whip_pan(rng: Rng) -> Made:
    """A camera that swings round within a shot, and stays."""
    place = scene(rng, speed=0.0, things=0)
    place.camera.shake = 0.0
    swing = np.zeros(40)
    length = int(rng.integers(5, 11))
    ramp = np.sin(np.linspace(0, np.pi, length)) ** 2
    swing[15 : 15 + length] = ramp / ramp.sum() * rng.uniform(120, 220)
    images, where = [], -80.0
    for step in swing:
        place.camera.pan = (float(step), 0.0)
        moved = Scene(np.roll(place.canvas, -round(where), axis=1), place.camera, [], place.grain)
        moved.seed = len(images)
        images.append(moved.frame(0.0, blur=0.7 if step > 4 else 0.0))
        where += step
    return images, []


def inset(rng: Rng) -> Made:
    """A picture in the picture cuts; the rest of the shot goes on."""
    around = scene(rng)
    views = _scenes(rng, 3)
    width, height = int(SIZE[0] * rng.uniform(0.25, 0.5)), int(SIZE[1] * rng.uniform(0.3, 0.6))
    x, y = int(rng.integers(SIZE[0] - width)), int(rng.integers(SIZE[1] - height))
    images = _take(around.frame, 60)
    for k, image in enumerate(images):
        view = views[k // 20](k % 20)
        image[y : y + height, x : x + width] = view[:height, :width]
    return images, []


def half(rng: Rng) -> Made:
    """A strip of a quarter to a third of the picture cuts, the rest is still."""
    around = scene(rng, speed=0.0, things=0)
    width = int(SIZE[0] * rng.uniform(0.2, 0.34))
    views = _scenes(rng, 3)
    images = _take(around.frame, 54)
    for k, image in enumerate(images):
        image[:, -width:] = views[k // 18](k % 18)[:, :width]
    return images, []


def rush(rng: Rng) -> Made:
    """Large things rush past; no cut."""
    one = scene(rng, things=0)
    for _ in range(3):
        pace = rng.uniform(12, 30) * rng.choice([-1, 1])
        colour = rng.random(3).astype(np.float32)
        one.things.append(
            Thing((0.5, rng.uniform(0.2, 0.8)), (pace, 0), rng.uniform(15, 35), colour)
        )
    return _take(one.frame, 50), []


def light(rng: Rng) -> Made:
    """Light that is switched, or changes slowly; no cut."""
    images = _take(scene(rng).frame, 50)
    low, length = rng.uniform(0.35, 0.6), int(rng.choice([1, 4, 12]))
    level = 1 - (1 - low) * np.clip((np.arange(50) - 20) / length, 0, 1)
    return [image * np.float32(x) for image, x in zip(images, level, strict=True)], []


def shaky(rng: Rng) -> Made:
    """A camera in a running hand; no cut."""
    one = scene(rng, speed=2.0)
    one.camera.shake = rng.uniform(3, 7)
    return _take(one.frame, 50), []


def rushing_zoom(rng: Rng) -> Made:
    """A fast zoom; no cut."""
    one = scene(rng, speed=0.3)
    one.camera.zoom = 1 + rng.uniform(0.02, 0.05) * rng.choice([-1, 1])
    return _take(one.frame, 36), []


def dip(rng: Rng) -> Made:
    """A shot that goes to black and comes back; no cut."""
    images = _take(scene(rng, speed=0.5).frame, 60)
    length = int(rng.integers(5, 13))
    level = np.clip((np.abs(np.arange(60) - 30) - rng.integers(0, 4)) / length, 0, 1)
    return [image * np.float32(x) for image, x in zip(images, level, strict=True)], []


def _mapped(shot: Shot, change: Callable[[Image], Image]) -> Shot:
    return lambda time: change(shot(time))


MAKERS: dict[str, Callable[[Rng], Made]] = {
    "plain": plain,
    "hurried": hurried,
    "pieces": pieces,
    "dark": dark,
    "letterbox": letterbox,
    "pale": pale,
    "same_colours": same_colours,
    "grainy": grainy,
    "dissolve": dissolve,
    "slow_dissolve": slow_dissolve,
    "fade": fade,
    "flash": flash,
    "whip_pan": whip_pan,
    "inset": inset,
    "half": half,
    "rush": rush,
    "light": light,
    "shaky": shaky,
    "rushing_zoom": rushing_zoom,
    "dip": dip,
}
"""What makes a clip of each kind."""

COUNTS = {kind: 10 for kind in MAKERS}
"""Clips of each kind."""
