"""Pairs of frames whose flow is known exactly: a camera that moves slowly, and objects before it.

Textures are sums of waves and soft shapes, so that they are evaluated at any real position and
nothing is ever resampled. Pixel (x, y) is the point (x, y). Lengths that make the picture (shapes,
objects) scale with the frame's width; motion is in pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Picture = NDArray[np.uint8]
REFERENCE = 640.0
"""Width in pixels at which shapes have the lengths that are written here."""


@dataclass(frozen=True)
class Camera:
    """What the camera does from one frame to the next, about the middle of the picture."""

    pan: tuple[float, float] = (0.0, 0.0)  # pixels
    zoom: float = 1.0
    roll: float = 0.0  # degrees

    def to_world(self, x: Floats, y: Floats, t: float) -> tuple[Floats, Floats]:
        """Position in frame ``t``, from the middle → position in the scene."""
        scale, angle = self.zoom**-t, math.radians(self.roll) * t
        c, s = scale * math.cos(angle), scale * math.sin(angle)
        return c * x - s * y + self.pan[0] * t, s * x + c * y + self.pan[1] * t

    def to_frame(self, u: Floats, v: Floats, t: float) -> tuple[Floats, Floats]:
        """Position in the scene → position in frame ``t``, from the middle."""
        u, v = u - self.pan[0] * t, v - self.pan[1] * t
        scale, angle = self.zoom**t, math.radians(self.roll) * t
        c, s = scale * math.cos(angle), scale * math.sin(angle)
        return c * u + s * v, -s * u + c * v


@dataclass(frozen=True)
class Object:
    """A disc that moves over the scene by itself; ``contrast`` is its texture's."""

    centre: tuple[float, float]  # of the reference width, from the middle
    radius: float
    velocity: tuple[float, float]  # in pixels a frame, in the scene
    contrast: float = 1.0


@dataclass(frozen=True)
class Scene:
    """A camera, objects back to front, and what is done to the frames."""

    name: str
    camera: Camera
    objects: tuple[Object, ...] = ()


@dataclass(frozen=True)
class Known:
    """Two frames and the exact flow from the second to the first, and back.

    Args:
        frames: H×W×3.
        flow: 2×H×W in pixels, on the pixels of the second frame.
        background: H×W, where the background is seen in both frames.
        objects: H×W, where an object is seen in both frames.
    """

    frames: tuple[Picture, Picture]
    flow: Floats
    background: NDArray[np.bool_]
    objects: NDArray[np.bool_]


def ground(u: Floats, v: Floats, scale: float) -> Floats:
    """The background's colours: a pale, nearly flat sky over a ground of shapes and texture.

    Args:
        u: in pixels from the middle.
        v: the same, downwards.
        scale: of the shapes, pixels for one of the reference width.

    Returns:
        …×3 in [0, 1].
    """
    a, b = u / scale, v / scale
    hills = 18 * np.sin(a / 61 + 1) + 9 * np.sin(a / 23) - 40
    land = _soft(b - hills, scale)
    shapes = _soft(22 * _waves(a, b, (70.0, 180.0), 8, 5), scale) - 0.5
    patches = 0.5 + 0.5 * np.tanh(2 * _waves(a, b, (90.0, 200.0), 6, 9))
    fine = _waves(u, v, (4.0, 40.0), 18, 3) * patches
    tone = 0.45 + 0.25 * shapes + 0.10 * fine
    sky = 0.78 - 0.05 * b / 180 + 0.004 * _waves(a, b, (60.0, 200.0), 6, 7)
    level = land * tone + (1 - land) * sky
    warm = 0.06 * shapes * land
    tint = np.stack([warm, 0.0 * warm, -warm + 0.08 * (1 - land)], -1)
    return np.clip(level[..., None] + tint, 0, 1)


def _cloth(u: Floats, v: Floats, contrast: float) -> Floats:
    """An object's colours."""
    level = 0.4 + 0.12 * contrast * _waves(u, v, (5.0, 50.0), 16, 21)
    return np.clip(np.stack([level + 0.15, level, level - 0.1], -1), 0, 1)


def _waves(u: Floats, v: Floats, lengths: tuple[float, float], count: int, seed: int) -> Floats:
    """A sum of waves of all directions with variance 1, the long ones stronger."""
    rng = np.random.default_rng(seed)
    total, energy = np.zeros(np.broadcast(u, v).shape, np.float32), 0.0
    for k in range(count):
        length = lengths[0] * (lengths[1] / lengths[0]) ** (k / (count - 1))
        angle, height = (k + rng.uniform()) * 2.4, length**0.4
        x, y = 2 * math.pi / length * math.cos(angle), 2 * math.pi / length * math.sin(angle)
        total += height * np.sin(x * u + y * v + rng.uniform(0, 2 * math.pi))
        energy += height**2 / 2
    return (total / math.sqrt(energy)).astype(np.float32)


def _soft(distance: Floats, scale: float) -> Floats:
    """0 to 1 over an edge about two pixels wide; ``distance`` in units of the reference width."""
    return 0.5 + 0.5 * np.tanh(distance * scale)


def render(scene: Scene, size: tuple[int, int], t: int) -> Floats:
    """Frame ``t``, H×W×3 in [0, 1]."""
    x, y, scale = _grid(size)
    u, v = scene.camera.to_world(x, y, t)
    picture = ground(u, v, scale)
    for one in scene.objects:
        p, q = _local(one, u, v, t, scale)
        cover = np.clip(one.radius * scale - np.hypot(p, q) + 0.5, 0, 1)[..., None]
        picture = cover * _cloth(p, q, one.contrast) + (1 - cover) * picture
    return picture


def known(
    scene: Scene, size: tuple[int, int], *, noise: float = 0.0, crf: int | None = None, gap: int = 1
) -> Known:
    """Two frames of a scene with what is known of them.

    Args:
        scene: what is drawn.
        size: (width, height).
        noise: standard deviation of Gaussian noise, in grey levels.
        crf: x264's; None leaves the frames as they are.
        gap: frames between the two.
    """
    first = 2 if crf is not None else 0  # not the first frame, which is coded alone
    times = range(first + gap + 1)
    rng = np.random.default_rng(4)
    drawn = [_eight_bit(render(scene, size, t), noise, rng) for t in times if crf or t % gap == 0]
    if crf is not None:
        drawn = coded(drawn, crf)
    flow, background, objects = _exact(scene, size, first + gap, first)
    return Known((drawn[-1 - gap if crf else -2], drawn[-1]), flow, background, objects)


def coded(frames: Sequence[Picture], crf: int) -> list[Picture]:
    """Frames as x264 gives them back."""
    height, width = frames[0].shape[:2]
    buffer = BytesIO()
    with av.open(buffer, "w", format="matroska") as container:
        stream: Any = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"crf": str(crf), "threads": "1"}
        for image in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    buffer.seek(0)
    with av.open(buffer) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def _grid(size: tuple[int, int]) -> tuple[Floats, Floats, float]:
    width, height = size
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return x - (width - 1) / 2, y - (height - 1) / 2, width / REFERENCE


def _local(one: Object, u: Floats, v: Floats, t: int, scale: float) -> tuple[Floats, Floats]:
    return (
        u - one.centre[0] * scale - one.velocity[0] * t,
        v - one.centre[1] * scale - one.velocity[1] * t,
    )


def _eight_bit(picture: Floats, noise: float, rng: np.random.Generator) -> Picture:
    levels = picture * 255 + noise * rng.standard_normal(picture.shape, np.float32)
    return np.rint(levels).clip(0, 255).astype(np.uint8)


def _exact(
    scene: Scene, size: tuple[int, int], target: int, source: int
) -> tuple[Floats, NDArray[np.bool_], NDArray[np.bool_]]:
    """Flow and what is seen, on the pixels of frame ``target``."""
    x, y, scale = _grid(size)
    u, v = scene.camera.to_world(x, y, target)
    top = _top(scene, u, v, target, scale)
    p, q = u.copy(), v.copy()
    for k, one in enumerate(scene.objects, 1):
        steps = source - target
        p = np.where(top == k, u + one.velocity[0] * steps, p)
        q = np.where(top == k, v + one.velocity[1] * steps, q)
    landed_x, landed_y = scene.camera.to_frame(p, q, source)
    inside = (np.abs(landed_x) <= (size[0] - 1) / 2) & (np.abs(landed_y) <= (size[1] - 1) / 2)
    seen = inside & (_top(scene, p, q, source, scale) == top)
    flow = np.stack([landed_x - x, landed_y - y]).astype(np.float32)
    return flow, seen & (top == 0), seen & (top > 0)


def _top(scene: Scene, u: Floats, v: Floats, t: int, scale: float) -> NDArray[np.intp]:
    top = np.zeros(u.shape, np.intp)
    for k, one in enumerate(scene.objects, 1):
        p, q = _local(one, u, v, t, scale)
        top[np.hypot(p, q) <= one.radius * scale] = k
    return top


def with_objects(velocity: tuple[float, float]) -> tuple[Object, ...]:
    """Objects that move by ``velocity`` in the scene: a textured one, and a large flat one."""
    return (
        Object((-150.0, 40.0), 60.0, velocity),
        Object((150.0, 50.0), 85.0, (-velocity[0], velocity[1]), 0.06),
    )


PAN = (0.8, 0.6)
"""Direction of the pans."""


def _pan(length: float) -> Camera:
    return Camera((PAN[0] * length, PAN[1] * length))


SCENES = (
    *(Scene(f"pan of {length} px", _pan(length)) for length in (0.1, 0.25, 0.5, 1.0)),
    Scene("zoom of 1.002", Camera(zoom=1.002)),
    Scene("roll of 0.1°", Camera(roll=0.1)),
    Scene("pan of 0.5 px, objects at 3 px", _pan(0.5), with_objects((3.0, 0.5))),
    Scene("pan of 0.5 px, objects at 0.6 px", _pan(0.5), with_objects((0.6, 0.1))),
    Scene("still, objects at 1 px", Camera(), with_objects((1.0, 0.3))),
)
