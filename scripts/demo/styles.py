"""The project's own style pictures, painted procedurally.

Each painter takes a size and a seed and returns H×W×3 uint8 RGB. The woodcut has a file of its own.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.demo.brush import brush
from scripts.demo.noise import Colour, floats, fractal_noise, ramp, relief, smoothstep
from scripts.demo.picture import Size, finish, grid, unit_vectors
from scripts.demo.woodcut import waves


def night(size: Size = (512, 640), seed: int = 1) -> NDArray[np.uint8]:
    """Lantern night: curling strokes of blue and gold around glowing lights, above dark hills."""
    rng = np.random.default_rng((seed, 1))
    height, width = 2 * size[0], 2 * size[1]
    x, y = grid(height, width)
    unit = height / 1024
    potential = 260 * unit * fractal_noise((height, width), 420 * unit, rng, 2, 0.35)
    drift = fractal_noise((height, width), (150 * unit, 330 * unit), rng, 3, 0.4)
    sky = ramp(
        np.clip(0.10 + 0.75 * y / height + 1.5 * (drift - 0.5), 0, 1),
        [
            (0.06, 0.11, 0.34),
            (0.10, 0.24, 0.56),
            (0.20, 0.42, 0.72),
            (0.44, 0.66, 0.82),
            (0.80, 0.88, 0.80),
        ],
    )
    lights = [
        (0.76, 0.22, 82, 1), (0.20, 0.17, 46, -1), (0.46, 0.36, 58, 1), (0.52, 0.08, 30, -1),
        (0.07, 0.45, 36, 1), (0.93, 0.52, 40, -1), (0.30, 0.53, 28, -1), (0.67, 0.53, 30, 1),
    ]  # fmt: skip
    u = cv2.Sobel(potential, cv2.CV_32F, 0, 1, scale=1 / 8) + 0.55
    v = -cv2.Sobel(potential, cv2.CV_32F, 1, 0, scale=1 / 8)
    gold: list[Colour] = [
        (1.0, 0.96, 0.72),
        (1.0, 0.83, 0.30),
        (0.93, 0.62, 0.14),
        (0.50, 0.55, 0.42),
    ]
    for cx, cy, radius, turn in lights:
        dx, dy = x - cx * width, y - cy * height
        far = np.hypot(dx, dy) / (radius * unit)
        swirl = 6 * np.exp(-((far / 2.6) ** 2)) * turn
        u += swirl * -dy / (far * radius * unit + 1)
        v += swirl * dx / (far * radius * unit + 1)
        rings = far + 0.16 * np.sin(5.5 * far) + 0.25 * (drift - 0.5)
        glow = smoothstep(2.3, 0.7, rings)[..., None]
        sky += glow * (ramp(np.clip(rings / 2.2, 0, 1), gold) - sky)
    picture = sky
    for level, (base, tone) in enumerate([(0.70, 0.0), (0.80, 0.45), (0.90, 0.8)]):
        ridge = fractal_noise((1, width), (1, 380 * unit), rng, 4)[0]
        edge = (base + 0.13 * (ridge - 0.5)) * height
        inside = smoothstep(-3, 3, y - edge[None])[..., None]
        hill = ramp(
            np.clip(
                fractal_noise((height, width), (60 * unit, 160 * unit), rng, 3) - 0.15 + 0.3 * tone,
                0,
                1,
            ),
            [(0.03, 0.08, 0.20), (0.05, 0.22, 0.32), (0.16, 0.40, 0.38), (0.72, 0.62, 0.26)],
        )
        slope = np.gradient(edge)
        u = u * (1 - inside[..., 0]) + inside[..., 0]
        v = v * (1 - inside[..., 0]) + inside[..., 0] * (
            slope[None] + 0.25 * np.sin(x / (60 * unit) + level)
        )
        picture = picture * (1 - inside) + hill * inside
    layers = [(54, 230, 3.0), (32, 150, 3.0), (20, 100, 2.6), (11, 60, 2.2)]
    scaled = [(max(w * unit, 5), max(n * unit, 20), c) for w, n, c in layers]
    return finish(brush(picture, unit_vectors(u, v), scaled, rng))


def glass(size: Size = (640, 640), seed: int = 1) -> NDArray[np.uint8]:
    """Stained glass: a rising sun of warm panes in dark lead, streaked and lit from behind."""
    rng = np.random.default_rng((seed, 2))
    height, width = 2 * size[0], 2 * size[1]
    x, y = grid(height, width)
    unit = height / 1280
    centre = floats([0.40 * width, 0.56 * height])
    seeds: list[tuple[float, float]] = [(float(centre[0]), float(centre[1]))]
    radius, ring = 62.0, 0
    while radius < 1250:
        count = int(7 + ring * 5.0)
        angle = 2 * np.pi * (np.arange(count) + 0.5 * (ring % 2)) / count + 0.12 * ring
        angle += rng.normal(0, 0.10 / (1 + 0.2 * ring), count)
        reach = (radius + rng.normal(0, 9 + 1.2 * ring, count)) * unit
        seeds += zip(
            centre[0] + reach * np.cos(angle), centre[1] + reach * np.sin(angle), strict=True
        )
        radius += 74 + 4 * ring
        ring += 1
    bend = 26 * unit
    px = np.clip(
        x + bend * (fractal_noise((height, width), 240 * unit, rng, 2) - 0.5) * 2, 0, width - 1
    )
    py = np.clip(
        y + bend * (fractal_noise((height, width), 240 * unit, rng, 2) - 0.5) * 2, 0, height - 1
    )
    margin = int(160 * unit)
    spots = np.full((height + 2 * margin, width + 2 * margin), 255, np.uint8)
    for sx, sy in seeds:
        column, row = int(sx) + margin, int(sy) + margin
        if 0 <= column < spots.shape[1] and 0 <= row < spots.shape[0]:
            spots[row, column] = 0
    _, labels = cv2.distanceTransformWithLabels(
        spots, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    cell = labels[(py + margin).astype(np.int32), (px + margin).astype(np.int32)]
    rows, columns = np.nonzero(spots == 0)
    home = np.zeros((labels.max() + 1, 2), np.float32)
    home[labels[rows, columns]] = np.stack([columns - margin, rows - margin], -1)
    offset = home - centre
    far = np.hypot(*offset.T) / (900 * unit)
    edge = np.zeros((height, width), np.uint8)
    edge[:, 1:] |= cell[:, 1:] != cell[:, :-1]
    edge[1:] |= cell[1:] != cell[:-1]
    gap = cv2.GaussianBlur(cv2.distanceTransform(1 - edge, cv2.DIST_L2, 5), (0, 0), 1.5)
    tone = np.clip(far + rng.normal(0, 0.085, len(far)), 0, 1)
    pane = ramp(
        tone,
        [(1.0, 0.95, 0.62), (1.0, 0.78, 0.22), (0.98, 0.52, 0.10), (0.88, 0.22, 0.12),
         (0.66, 0.08, 0.24), (0.36, 0.10, 0.42), (0.14, 0.28, 0.66), (0.10, 0.46, 0.66)],
    )  # fmt: skip
    accent = rng.random(len(far))
    pane[(accent < 0.10) & (far > 0.25)] = (0.08, 0.50, 0.48)
    pane[(accent > 0.92) & (far > 0.25)] = (1.0, 0.82, 0.36)
    pane *= (1 + 0.12 * rng.normal(size=(len(far), 1))).astype(np.float32)
    slant = rng.uniform(0, 2 * np.pi, len(far)).astype(np.float32)[cell]
    local_x, local_y = px - home[cell, 0], py - home[cell, 1]
    along = (local_x * np.cos(slant) + local_y * np.sin(slant)) / (60 * unit)
    streaks = fractal_noise((height, width), (14 * unit, 130 * unit), rng, 4)
    mottle = fractal_noise((height, width), 34 * unit, rng, 4)
    light = 0.92 + 0.26 * np.tanh(along) + 0.55 * (streaks - 0.5) + 0.5 * (mottle - 0.5)
    picture = np.clip(pane[cell], 0, 1) * light[..., None].astype(np.float32)
    picture += 0.16 * smoothstep(4 * unit, 40 * unit, gap)[..., None] * pane[cell]
    half = (6.5 + 2.5 * fractal_noise((height, width), 90 * unit, rng, 2)) * unit
    lead = smoothstep(1.2, -1.2, gap - half)[..., None]
    bead = np.sqrt(np.clip(1 - (gap / half) ** 2, 0, 1)).astype(np.float32) * half
    metal = ramp(
        np.clip(relief(cv2.GaussianBlur(bead, (0, 0), 1.5) + 2 * mottle, 0.9) - 0.5, 0, 1),
        [(0.02, 0.02, 0.03), (0.09, 0.08, 0.10), (0.42, 0.40, 0.42)],
    )
    picture *= (1 - 0.55 * smoothstep(16 * unit, 5 * unit, gap))[..., None]
    return finish(picture * (1 - lead) + metal * lead)


def candy(size: Size = (512, 640), seed: int = 1) -> NDArray[np.uint8]:
    """Candy swirls: ribbons of thick pink, coral, cream, and turquoise paint that curl."""
    rng = np.random.default_rng((seed, 4))
    height, width = 2 * size[0], 2 * size[1]
    x, y = grid(height, width)
    unit = height / 1024
    fx, fy = x.copy(), y.copy()
    whirls = [(0.28, 0.36, 230, 3.9), (0.74, 0.30, 180, -4.4), (0.60, 0.76, 240, 3.6),
              (0.10, 0.88, 170, -3.8), (0.97, 0.72, 150, 3.6), (0.50, 0.05, 120, 3.2)]  # fmt: skip
    for cx, cy, radius, turn in whirls:
        dx, dy = fx - cx * width, fy - cy * height
        angle = turn * np.exp(-((np.hypot(dx, dy) / (radius * unit)) ** 2))
        cos, sin = np.cos(angle), np.sin(angle)
        fx, fy = cx * width + cos * dx - sin * dy, cy * height + sin * dx + cos * dy
    warp = fractal_noise((height, width), 300 * unit, rng, 2, 0.3)
    phase = ((fy + 0.25 * fx) / unit + 90 * warp) / 78
    band = np.floor(phase).astype(np.int32)
    inside = (phase - band).astype(np.float32)
    palette = floats(
        [(0.98, 0.45, 0.58), (1.0, 0.93, 0.82), (0.16, 0.70, 0.72), (1.0, 0.62, 0.42),
         (0.86, 0.18, 0.42), (0.99, 0.80, 0.45), (0.42, 0.28, 0.60), (0.72, 0.90, 0.86)]
    )  # fmt: skip
    picture = (
        palette[band % len(palette)] * (0.80 + 0.34 * np.sqrt(np.clip(inside, 0, 1)))[..., None]
    )
    picture += 0.10 * np.exp(-(((inside - 0.62) / 0.12) ** 2))[..., None]
    u, v = np.gradient(cv2.GaussianBlur(phase.astype(np.float32), (0, 0), 3))
    layers = [(36, 170, 2.5), (24, 130, 3.5), (14, 90, 3.0), (9, 60, 2.5)]
    scaled = [(max(w * unit, 5), max(n * unit, 20), c) for w, n, c in layers]
    painted = brush(np.clip(picture, 0, 1), unit_vectors(u, -v), scaled, rng, 0.05, 0.25)
    dome = 16 * np.sin(np.pi * inside).astype(np.float32)
    return finish(painted * relief(cv2.GaussianBlur(dome, (0, 0), 3), 0.30)[..., None])


PAINTERS: dict[str, Callable[..., NDArray[np.uint8]]] = {
    "night": night,
    "glass": glass,
    "waves": waves,
    "candy": candy,
}
