"""A brush: opaque bristle strokes along a direction field, big to small.

The layered, big-to-small scheme is Hertzmann's (SIGGRAPH 1998). Added here: each stroke is a
bundle of bristles of its own brightness, and a height map beside the colour that is lit from the
upper left, so that the paint looks thick.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from scripts.demo.noise import Array, floats, fractal_noise, relief

_SHIFT = 4  # cv2 draws with coordinates in 1/16 pixel


def _trace(field: Array, start: Array, length: float, steps: int) -> Array:
    """Follows a direction field both ways from many starts at once (explicit midpoint rule).

    Args:
        field: H×W×2 unit vectors (x, y).
        start: K×2 pixels (x, y).
        length: path length in pixels.
        steps: number of segments, even.

    Returns:
        K×(steps+1)×2 points, the start in the middle.
    """
    height, width = field.shape[:2]

    def direction(point: Array) -> Array:
        x = np.clip(point[:, 0], 0, width - 1).astype(np.int32)
        y = np.clip(point[:, 1], 0, height - 1).astype(np.int32)
        return field[y, x]

    points = [start]
    step = length / steps
    for _ in range(steps // 2):
        ahead = points[-1] + 0.5 * step * direction(points[-1])
        back = points[0] - 0.5 * step * direction(points[0])
        points.append(points[-1] + step * direction(ahead))
        points.insert(0, points[0] - step * direction(back))
    return np.stack(points, 1)


def brush(
    reference: Array,
    field: Array,
    layers: Sequence[tuple[float, float, float]],
    rng: np.random.Generator,
    jitter: float = 0.07,
    impasto: float = 0.35,
) -> Array:
    """Paints a reference picture with opaque bristle strokes along a direction field.

    Args:
        reference: H×W×3, the colours to lay down.
        field: H×W×2 unit vectors (x, y), the direction of the strokes.
        layers: (width, length, cover) each, big to small; pixels, and how often a layer covers the
            canvas.
        rng: source of randomness.
        jitter: spread of brightness and hue between strokes.
        impasto: strength of the light on the paint's height.

    Returns:
        H×W×3.
    """
    height, width = reference.shape[:2]
    canvas = np.dstack([reference * 255, np.full((height, width), 60)]).astype(np.uint8)
    detail = np.abs(cv2.Laplacian(cv2.GaussianBlur(reference, (0, 0), 6), cv2.CV_32F)).sum(-1)
    detail = cv2.GaussianBlur(detail, (0, 0), 10)
    detail /= detail.max() + 1e-6
    for index, (broad, long, cover) in enumerate(layers):
        count = int(cover * height * width / (broad * long))
        start = rng.random((count, 2), dtype=np.float32) * floats([width, height])
        sx, sy = start.astype(np.int32).T
        if index:  # small brushes go mostly where the picture has detail
            keep = rng.random(count) < 0.25 + 2.5 * detail[sy, sx]
            start, sx, sy = start[keep], sx[keep], sy[keep]
        length = long * rng.uniform(0.7, 1.3)
        path = _trace(field, start, length, 8)
        tangent = np.gradient(path, axis=1)
        tangent /= np.linalg.norm(tangent, axis=2, keepdims=True) + 1e-6
        normal = np.stack([-tangent[..., 1], tangent[..., 0]], -1)
        taper = floats([0.5, 0.8, 0.95, 1, 1, 1, 0.9, 0.7, 0.4])[:, None]
        colour = cv2.blur(reference, (5, 5))[sy, sx] * (
            1 + jitter * rng.normal(size=(len(start), 1))
        )
        colour = colour + 0.6 * jitter * rng.normal(size=colour.shape)
        bristles = int(np.clip(broad / 3.5, 4, 9))
        offsets = (np.arange(bristles) + 0.5) / bristles - 0.5
        thick = max(round(1.7 * broad / bristles), 1)
        for k in range(len(start)):
            streak = rng.normal(size=bristles)
            for b in rng.permutation(bristles):
                line = path[k] + normal[k] * taper * broad * offsets[b]
                cut = int(rng.integers(0, 2)), 9 - int(rng.integers(0, 2))
                tone = np.clip(colour[k] * (1 + 0.09 * streak[b]), 0, 1) * 255
                rise = 120 + 60 * (1 - (2 * offsets[b]) ** 2) + 30 * streak[b]
                cv2.polylines(
                    canvas,
                    [np.rint(line[cut[0] : cut[1]] * 2**_SHIFT).astype(np.int32)],
                    False,
                    (*tone.tolist(), float(np.clip(rise, 0, 255))),
                    thick,
                    cv2.LINE_AA,
                    _SHIFT,
                )
    colour_field = canvas[..., :3].astype(np.float32) / 255
    surface = cv2.GaussianBlur(canvas[..., 3].astype(np.float32), (0, 0), 1.2)
    weave = fractal_noise((height, width), 5, rng, 2)
    return floats(colour_field * relief(surface / 12 + weave * 2, impasto)[..., None])
