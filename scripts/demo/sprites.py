"""The things in the demo scene: trees, a balloon, a sail boat, a beach ball, and gulls.

Sizes are in design units (the clip is 448×252 units); `unit` is the number of pixels to a unit.
Sprites are premultiplied h×w×4 layers (see `noise.py`).
"""

from __future__ import annotations

import cv2
import numpy as np

from scripts.demo.noise import (
    Array,
    Colour,
    as_layer,
    floats,
    fractal_noise,
    over,
    ramp,
    smoothstep,
)

_SHIFT = 4  # cv2 draws with coordinates in 1/16 pixel


def _sphere(size: int) -> tuple[Array, Array, Array, Array]:
    """A ball in a size×size sprite: x and y in [-1, 1], coverage, light from the upper left."""
    axis = (np.arange(size, dtype=np.float32) + 0.5) / size * 2.1 - 1.05
    x, y = (floats(part) for part in np.meshgrid(axis, axis))
    radius = np.hypot(x, y)
    z = np.sqrt(np.clip(1 - radius**2, 0, 1))
    light = np.clip(-0.50 * x - 0.55 * y + 0.67 * z, 0, 1)
    return x, y, smoothstep(1.0, 1.0 - 5 / size, radius), light.astype(np.float32)


def paint_tree(kind: int, unit: float, rng: np.random.Generator) -> Array:
    """A leafy tree as a sprite of 120×150 units: trunk, then leaf dabs from dark to light."""
    height, width = max(round(150 * unit), 1), max(round(120 * unit), 1)
    canvas = np.zeros((height, width, 4), np.float32)
    greens: list[list[Colour]] = [
        [(0.07, 0.20, 0.13), (0.18, 0.42, 0.16), (0.56, 0.66, 0.20)],
        [(0.30, 0.12, 0.08), (0.80, 0.36, 0.10), (1.0, 0.74, 0.26)],
        [(0.06, 0.22, 0.20), (0.16, 0.46, 0.30), (0.62, 0.76, 0.36)],
    ]
    foot = np.array([60.0, 149.0])
    for _ in range(60):  # bark: overlapping strokes from the foot into the crown
        shift = float(np.clip(rng.normal(0, 2.0), -3.2, 3.2))
        ends = np.array(
            [
                [foot[0] + shift * 1.5, foot[1]],
                [foot[0] + shift, 105],
                [60 + shift * 5.5, 62 + rng.uniform(-10, 18)],
            ]
        )
        tone = ramp(
            floats(np.clip(0.5 - shift / 7 + rng.normal(0, 0.12), 0, 1)),
            [(0.16, 0.10, 0.09), (0.60, 0.44, 0.30)],
        )
        cv2.polylines(
            canvas,
            [np.rint(ends * unit).astype(np.int32)],
            False,
            (*tone.tolist(), 1.0),
            max(int(0.9 * unit), 1),
        )
    # The golden angle, 2.4 radians, spreads the clumps of leaves evenly.
    turns = np.arange(16) * 2.4 + rng.uniform(0, 6)
    spread = np.sqrt(np.arange(16) / 16)
    lumps = np.stack(
        [
            60 + 38 * spread * np.cos(turns),
            56 + 32 * spread * np.sin(turns),
            rng.uniform(12, 20, 16),
        ],
        1,
    )
    for _ in range(3200):
        lump = lumps[int(rng.integers(16))]
        angle, reach = rng.uniform(0, 2 * np.pi), np.sqrt(rng.uniform())
        x, y = (
            lump[0] + lump[2] * reach * np.cos(angle),
            lump[1] + lump[2] * reach * np.sin(angle),
        )
        lit = (
            0.42 - 0.34 * reach * (np.cos(angle) + np.sin(angle)) / 1.4 - 0.006 * (x - 60 + y - 56)
        )
        tone = ramp(floats(np.clip(lit + rng.normal(0, 0.13), 0, 1)), greens[kind])
        centre = (int(x * unit), int(y * unit))
        axes = (
            max(int(rng.uniform(1.3, 2.6) * unit), 1),
            max(int(rng.uniform(0.7, 1.3) * unit), 1),
        )
        cv2.ellipse(canvas, centre, axes, rng.uniform(0, 180), 0, 360, (*tone.tolist(), 1.0), -1)
    return canvas


def paint_balloon(unit: float, rng: np.random.Generator) -> Array:
    """A hot-air balloon, 60×84 units: striped gores that bulge, ropes, a woven basket."""
    height, width = max(round(84 * unit), 1), max(round(60 * unit), 1)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / unit
    down = (y - 1) / 66  # 0 at the crown, 1 at the mouth
    profile = 28.5 * np.sqrt(np.clip(1 - ((np.clip(down, 0, 1) - 0.40) / 0.40) ** 2, 0, 1))
    skirt = 28.5 * np.clip(np.cos((np.clip(down, 0.4, 1) - 0.40) / 0.60 * 1.36), 0, 1)
    radius = np.where(down < 0.40, profile, skirt).astype(np.float32)
    across = (x - 30) / np.maximum(radius, 0.5)
    around = np.arcsin(np.clip(across, -1, 1)) / np.pi * 7 + 3.25
    palette = floats(
        [(0.90, 0.20, 0.17), (0.99, 0.84, 0.36), (0.97, 0.95, 0.88), (0.10, 0.40, 0.62)]
    )
    rgb = palette[np.floor(around).astype(np.int32) % 4]
    stripe = (np.abs(down - 0.47 - 0.035 * (np.abs(around % 1 - 0.5) * 4 - 1)) < 0.055)[..., None]
    rgb = np.where(stripe, palette[(np.floor(around).astype(np.int32) + 2) % 4], rgb)
    seam = 0.82 + 0.18 * np.sqrt(np.sin(np.pi * (around % 1)).clip(0, 1))
    light = (
        0.70
        - 0.42 * across
        + 0.24 * (0.5 - down)
        + 0.10 * (fractal_noise((height, width), (9 * unit, 5 * unit), rng, 3) - 0.5)
    )
    rgb = rgb * (np.clip(light, 0.32, 1.08) * seam)[..., None]
    inside = smoothstep(0.4, -0.4, np.abs(x - 30) - radius) * ((down >= 0) & (down <= 1))
    canvas = as_layer(rgb, inside.astype(np.float32))
    for end in (-4.0, -1.5, 1.5, 4.0):
        cv2.line(
            canvas,
            (int((30 + 1.4 * end) * unit), int(66 * unit)),
            (int((30 + end) * unit), int(77 * unit)),
            (0.22, 0.16, 0.12, 1.0),
            max(int(0.4 * unit), 1),
        )
    weave = 0.75 + 0.25 * np.sin(x * 5) * np.sin(y * 5) - 0.05 * (x - 30)
    basket = ((np.abs(x - 30) < 5) & (y > 76) & (y < 83)).astype(np.float32)
    over(canvas, as_layer(floats([0.62, 0.40, 0.20]) * weave[..., None], basket))
    return canvas


def paint_boat(unit: float, rng: np.random.Generator) -> Array:
    """A small sail boat, 70×70 units, its waterline 8 units above the sprite's lower edge."""
    side = max(round(70 * unit), 1)
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / unit
    grain = fractal_noise((side, side), (2 * unit, 14 * unit), rng, 4) - 0.5
    canvas = np.zeros((side, side, 4), np.float32)

    def shape(points: list[tuple[float, float]]) -> Array:
        mask = np.zeros((side, side), np.uint8)
        cv2.fillPoly(
            mask,
            [np.rint(np.array(points) * unit * 2**_SHIFT).astype(np.int32)],
            255,
            cv2.LINE_AA,
            _SHIFT,
        )
        return floats(mask / 255)

    main = np.stack(
        [
            [34 + 22 * np.sin(a) ** 0.8, 6 + 44 * (1 - np.cos(a))]
            for a in np.linspace(0, np.pi / 2, 16)
        ]
    )
    main_sail = shape([(34, 5), *map(tuple, main.tolist()), (34, 51)])
    jib = shape([(32, 9), (24, 28), (11, 50), (22, 48), (32, 49)])
    hull = shape([(8, 53), (60, 52), (54, 62), (16, 62)])
    fold = 0.86 + 0.16 * np.sin((x - 0.35 * y) * 0.32 + 1) + 0.12 * grain
    cloth = np.where(
        ((y % 11) < 2.2)[..., None],
        floats([0.86, 0.32, 0.22]),
        floats([1.0, 0.95, 0.84]),
    )
    over(
        canvas,
        as_layer(
            np.ones((side, side, 1), np.float32) * floats([0.35, 0.22, 0.14]),
            shape([(32.6, 3), (34, 3), (34, 54), (32.6, 54)]),
        ),
    )
    over(canvas, as_layer(cloth * fold[..., None], main_sail))
    over(canvas, as_layer(floats([0.98, 0.76, 0.36]) * (fold + 0.05)[..., None], jib))
    wood = ramp(
        np.clip((y - 52) / 10 + 0.5 * grain, 0, 1),
        [(0.86, 0.56, 0.30), (0.62, 0.22, 0.16), (0.32, 0.10, 0.12)],
    )
    over(canvas, as_layer(wood, hull))
    return canvas


def paint_ball(unit: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """A beach ball: its pattern (h×w×3), which turns; the light on it and its coverage (h×w×2)."""
    size = max(round(40 * unit), 1)
    x, y, cover, light = _sphere(size)
    wedge = np.floor((np.arctan2(y, x) + 0.9 * np.hypot(x, y)) / np.pi * 3).astype(np.int32) % 6
    palette = floats(
        [
            (0.90, 0.16, 0.22),
            (1.0, 0.96, 0.88),
            (0.12, 0.45, 0.75),
            (1.0, 0.96, 0.88),
            (0.98, 0.76, 0.16),
            (1.0, 0.96, 0.88),
        ]
    )
    rgb = (
        palette[wedge]
        * (0.86 + 0.22 * fractal_noise((size, size), (6 * unit, 6 * unit), rng, 4))[..., None]
    )
    rgb = np.where((np.hypot(x, y) < 0.18)[..., None], floats([0.90, 0.16, 0.22]), rgb)
    return rgb.astype(np.float32), np.dstack([light, cover])


def turn_ball(pattern: Array, light: Array, degrees: float) -> Array:
    """The ball as a sprite, its pattern turned clockwise by `degrees`, its light unmoved."""
    size = pattern.shape[0]
    turn = cv2.getRotationMatrix2D(((size - 1) / 2, (size - 1) / 2), -degrees, 1)
    pattern = cv2.warpAffine(pattern, turn, (size, size), borderMode=cv2.BORDER_REPLICATE)
    shade, cover = light[..., 0], light[..., 1]
    shine = 0.55 * np.clip(shade - 0.90, 0, 1)[..., None] / 0.10
    return as_layer(pattern * (0.34 + 0.74 * shade[..., None]) + shine, cover)


def draw_gull(canvas: Array, unit: float, x: float, y: float, span: float, phase: float) -> None:
    """One gull: two bent wings that beat with `phase` and a body, drawn into `canvas`."""
    beat = np.sin(phase)
    points = []
    for side in (-1, 1):
        s = np.linspace(0, 1, 9)
        lift = span * (0.34 * np.sin(s * 2.4) * (0.4 + 0.6 * beat) - 0.10 * beat * s**2)
        points.append(np.stack([x + side * span * s, y - lift], 1))
    for wing, tone in zip(points, (0.98, 0.86), strict=True):
        thick = span * 0.15 * (1 - np.linspace(0, 1, 9) ** 1.5)
        outline = np.concatenate([wing, (wing + np.stack([0 * thick, thick], 1))[::-1]])
        fixed = np.rint(outline * unit * 2**_SHIFT).astype(np.int32)
        cv2.fillPoly(canvas, [fixed], (tone, tone, 0.94 * tone), cv2.LINE_8, _SHIFT)
        tip = np.rint(wing[-3:] * unit * 2**_SHIFT).astype(np.int32)
        cv2.polylines(
            canvas,
            [tip],
            False,
            (0.20, 0.20, 0.26),
            max(round(0.5 * unit), 1),
            cv2.LINE_8,
            _SHIFT,
        )
    body = (int(x * unit * 2**_SHIFT), int((y + 0.05 * span) * unit * 2**_SHIFT))
    size = (int(0.24 * span * unit * 2**_SHIFT), int(0.10 * span * unit * 2**_SHIFT))
    cv2.ellipse(canvas, body, size, 8, 0, 360, (0.94, 0.93, 0.90), -1, cv2.LINE_8, _SHIFT)
