"""The scene of the demo clip: a lake between hills, and what moves about it.

Everything is painted procedurally in layers that lie at different depths. The camera tracks to
the right, so near layers pass faster than far ones, cover and uncover what lies behind, and new
things enter on the right. Positions below are in design units (the clip is 448×252 units); layers
are painted at twice the output size and averaged down, so that motion is smooth below one pixel.
A frame depends on (seed, frame number) only.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.demo.noise import (
    Array,
    Colour,
    as_layer,
    floats,
    fractal_noise,
    over,
    place,
    ramp,
    relief,
    smoothstep,
)
from scripts.demo.sprites import (
    draw_gull,
    paint_ball,
    paint_balloon,
    paint_boat,
    paint_tree,
    turn_ball,
)

WIDTH, HEIGHT, FRAMES, RATE = 448, 252, 36, 24
SHORE = 122.0  # the far edge of the lake
BANK = 196.0  # the near edge of the lake
_SHIFT = 4


class Scene:
    """The painted layers of the demo clip; `frame` puts them together for one moment.

    Args:
        seed: what the random texture is drawn from.
        scale: output pixels per design unit; 1 gives 448×252.
    """

    def __init__(self, seed: int = 1, scale: float = 1.0) -> None:
        self.unit = 2 * scale
        self.size = (round(HEIGHT * scale), round(WIDTH * scale))
        self._rng = np.random.default_rng((seed, 10))
        self.sky = self._paint_sky()
        self.mountains = self._paint_mountains()
        self.hills = self._paint_hills()
        self.water = self._paint_water()
        self.bank = self._paint_bank()
        self.front = self._paint_grass(60, 4.6, 5200, 26, flowers=160)
        self.trees = [paint_tree(kind, self.unit, self._rng) for kind in range(3)]
        self.balloon = paint_balloon(self.unit, self._rng)
        self.boat = paint_boat(self.unit, self._rng)
        self.ball_pattern, self.ball_light = paint_ball(self.unit, self._rng)

    def _pixels(self, units: float) -> int:
        return max(round(units * self.unit), 1)

    def _band(self, tall: float, speed: float) -> tuple[int, int]:
        """Pixel size of a layer `tall` units high; it outlasts a pan at `speed` units a frame."""
        return self._pixels(tall), self._pixels(WIDTH + FRAMES * speed + 8)

    def _noise(self, shape: tuple[int, int], cell: tuple[float, float], octaves: int = 4) -> Array:
        """Fractal noise with its cell (vertical, horizontal) in design units."""
        return fractal_noise(shape, (cell[0] * self.unit, cell[1] * self.unit), self._rng, octaves)

    def _paint_sky(self) -> Array:
        shape = self._band(150, 0.2)
        level = np.linspace(0, 1, shape[0], dtype=np.float32)[:, None] + np.zeros(shape, np.float32)
        rgb = ramp(
            level, [(0.22, 0.47, 0.80), (0.44, 0.68, 0.90), (0.80, 0.84, 0.84), (1.0, 0.83, 0.62)]
        )
        puffs = self._noise(shape, (34, 90), 6) + 0.12 * np.sin(level * 9)
        cloud = smoothstep(0.50, 0.74, floats(puffs))[..., None]
        light = relief(cv2.GaussianBlur(puffs, (0, 0), 1.5 * self.unit) * 60 * self.unit, 0.35)
        shade = ramp(
            np.clip(1.7 * light - 1.1, 0, 1),
            [(0.66, 0.66, 0.78), (0.98, 0.86, 0.80), (1.0, 0.98, 0.93)],
        )
        rgb += cloud * (shade - rgb)
        grain = self._noise(shape, (5, 9), 3) - 0.5
        return as_layer(rgb + 0.05 * grain[..., None], np.ones(shape, np.float32))

    def _ridge(self, columns: int, cell: float, octaves: int) -> Array:
        return fractal_noise((1, columns), (1, cell * self.unit), self._rng, octaves)

    def _paint_mountains(self) -> Array:
        shape = self._band(90, 0.4)
        y = np.arange(shape[0], dtype=np.float32)[:, None] / self.unit
        top = 6 + 58 * (1 - self._ridge(shape[1], 110, 6))
        rock = self._noise(shape, (26, 20), 6)
        light = relief(
            rock * 55 * self.unit + (1 - self._ridge(shape[1], 40, 3)) * 20, 0.55, (-1, -0.4)
        )
        rgb = ramp(
            np.clip(light - 0.45, 0, 1),
            [(0.27, 0.30, 0.50), (0.50, 0.48, 0.62), (0.82, 0.72, 0.70)],
        )
        snow = smoothstep(32, 22, y - 0.35 * top + 22 * (rock - 0.5))[..., None]
        rgb += snow * (
            ramp(np.clip(light - 0.4, 0, 1), [(0.62, 0.70, 0.88), (1.0, 0.97, 0.93)]) - rgb
        )
        haze = 0.55 * smoothstep(45, 92, y)[..., None]
        rgb += haze * (floats([0.80, 0.80, 0.84]) - rgb)
        return as_layer(rgb, smoothstep(-0.4, 0.4, y - top))

    def _paint_hills(self) -> Array:
        shape = self._band(56, 0.7)
        y = np.arange(shape[0], dtype=np.float32)[:, None] / self.unit
        canvas = np.zeros((*shape, 4), np.float32)
        tones: list[list[Colour]] = [
            [(0.22, 0.40, 0.36), (0.46, 0.60, 0.38), (0.74, 0.74, 0.44)],
            [(0.14, 0.34, 0.24), (0.36, 0.56, 0.24), (0.78, 0.72, 0.32)],
        ]
        for level, colours in enumerate(tones):
            top = 4 + 15 * level + 24 * (1 - self._ridge(shape[1], 130, 3))
            patch = self._noise(shape, (16, 44), 2)
            field = np.floor(patch * 7) / 7 + 0.10 * np.sin(patch * 260)
            leaf = self._noise(shape, (5, 7), 4)
            tone = np.clip(0.15 + 0.8 * field + 0.7 * (leaf - 0.5), 0, 1)
            rgb = ramp(tone, colours) * relief(leaf * 8 * self.unit, 0.35)[..., None]
            over(canvas, as_layer(rgb, smoothstep(-0.4, 0.4, y - top)))
            for _ in range(90):  # round bushes, lit from the left
                column = int(self._rng.uniform(0, shape[1] - 1))
                at = np.array([column, (top[0, column] + self._rng.uniform(-1, 16)) * self.unit])
                self._bush(canvas, at, self._rng.uniform(1.6, 3.6) * self.unit, level)
        return canvas

    def _bush(self, canvas: Array, at: NDArray[np.float64], radius: float, level: int) -> None:
        dark = np.array([0.08, 0.24, 0.20]) + 0.06 * (1 - level)
        bright = np.array([0.50, 0.62, 0.22])
        for step in range(5):
            mix = step / 4 * self._rng.uniform(0.6, 1.0)
            colour = (*(dark + mix * (bright - dark)).tolist(), 1.0)
            offset = radius * 0.35 * step / 4 * np.array([-1, -1])
            point = [int(c) for c in np.rint((at + offset) * 2**_SHIFT)]
            size = int(radius * (1 - 0.19 * step) * 2**_SHIFT)
            cv2.circle(canvas, point, size, colour, -1, cv2.LINE_8, _SHIFT)

    def _paint_water(self) -> Array:
        """Height of the ripples on the lake's plane; read through the perspective of `_lake`."""
        shape = (self._pixels(600), self._pixels(1080))
        return self._noise(shape, (11, 34), 5)

    def _lake(self, canvas: Array, time: float) -> None:
        """Paints the lake over the rows below SHORE: the mirrored background, broken by ripples."""
        first, last = self._pixels(SHORE), self._pixels(BANK + 10)
        rows = np.arange(first, last, dtype=np.float32)[:, None]
        columns = np.arange(canvas.shape[1], dtype=np.float32)[None]
        # Proportional to 1/distance, as are the speed of the pan and the size of the ripples.
        near = (rows / self.unit - SHORE) / (BANK - SHORE) + 0.36
        across = (columns / self.unit - WIDTH / 2) / near * 0.75 + 1.4 * time + 480
        away = 250 / near - 0.30 * time - 150
        map_x = (across * self.unit).astype(np.float32)
        map_y = np.broadcast_to(away * self.unit, map_x.shape).astype(np.float32)
        ripple = cv2.remap(self.water, map_x, map_y, cv2.INTER_LINEAR)
        bend = (ripple - 0.5) * near
        mirror_y = 2 * first - rows - 26 * self.unit * bend * 0.5 - 1
        mirror_x = columns + 10 * self.unit * bend
        mirror = cv2.remap(
            canvas[:first],
            mirror_x.astype(np.float32),
            np.clip(np.broadcast_to(mirror_y, mirror_x.shape), 0, first - 1).astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT_101,
        )
        deep = floats([0.06, 0.32, 0.46])
        mix = np.clip(0.62 - 0.30 * near, 0.2, 0.6)[..., None]
        lake = mirror * mix + (deep + 0.55 * (ripple[..., None] - 0.35)) * (1 - mix)
        glint = smoothstep(0.66, 0.80, ripple)[..., None] * 0.65
        lake += glint * (floats([1.0, 0.95, 0.84]) - lake)
        shore = np.exp(-(((rows / self.unit - SHORE) / 1.4) ** 2))[..., None] * 0.5
        canvas[first:last] = np.clip(lake * (1 - shore) + shore * floats([0.16, 0.28, 0.28]), 0, 1)

    def _paint_bank(self) -> Array:
        """The near meadow, from just above BANK to the lower edge of the picture."""
        return self._paint_grass(HEIGHT - BANK + 12, 2.8, 9000, 11, flowers=240)

    def _paint_grass(
        self, tall: float, speed: float, blades: int, length: float, flowers: int
    ) -> Array:
        """A strip of meadow `tall` units high; the blades grow `length` units, far ones first."""
        shape = self._band(tall, speed)
        unit, rng = self.unit, self._rng
        y = np.arange(shape[0], dtype=np.float32)[:, None] / unit
        top = length + 5 * self._ridge(shape[1], 120, 3)
        patch = self._noise(shape, (14, 46), 4)
        rgb = ramp(patch, [(0.10, 0.26, 0.10), (0.26, 0.46, 0.14), (0.58, 0.62, 0.20)])
        canvas = as_layer(rgb, smoothstep(-0.4, 0.4, y - top))
        feet = np.sort(rng.uniform(0, 1, blades)) ** 0.8
        for foot in feet:
            x = rng.uniform(0, shape[1] - 1)
            edge = float(top[0, int(x)])
            base = (edge + foot * (tall + 8 - edge)) * unit
            grow = length * (0.45 + 0.75 * foot) * rng.uniform(0.5, 1.1) * unit
            lean = rng.normal(0.15, 0.28) * grow
            mix = np.clip(patch[min(int(base), shape[0] - 1), int(x)] + rng.normal(0, 0.22), 0, 1)
            tone = ramp(floats(mix), [(0.07, 0.22, 0.09), (0.30, 0.52, 0.14), (0.80, 0.78, 0.34)])
            curve = np.array(
                [[x, base], [x + 0.3 * lean, base - 0.6 * grow], [x + lean, base - grow]]
            )
            fixed = np.rint(curve * 2**_SHIFT).astype(np.int32)
            thick = max(round((0.45 + 0.5 * foot) * unit), 1)
            cv2.polylines(canvas, [fixed], False, (*tone.tolist(), 1.0), thick, cv2.LINE_8, _SHIFT)
        petals = [(0.96, 0.32, 0.30), (1.0, 0.86, 0.28), (0.97, 0.95, 0.92), (0.72, 0.46, 0.86)]
        for _ in range(flowers):
            x = rng.uniform(0, shape[1] - 1)
            foot = rng.uniform(0.02, 1)
            at_y = (top[0, int(x)] + foot * (tall - top[0, int(x)]) - 2) * unit
            radius = (0.9 + 1.1 * foot) * unit * rng.uniform(0.7, 1.2)
            colour = petals[int(rng.integers(len(petals)))]
            for turn in range(5):
                angle = turn * 2 * np.pi / 5
                spot = (
                    int(x + 0.8 * radius * np.cos(angle)),
                    int(at_y + 0.8 * radius * np.sin(angle)),
                )
                cv2.circle(canvas, spot, max(int(0.65 * radius), 1), (*colour, 1.0), -1)
            cv2.circle(
                canvas, (int(x), int(at_y)), max(int(0.5 * radius), 1), (0.98, 0.72, 0.18, 1.0), -1
            )
        return canvas

    def _pan(self, canvas: Array, layer: Array, top: float, shift: float) -> None:
        """Lays a wide layer at height `top`, moved left by `shift` (units, sub-pixel)."""
        moved = shift * self.unit
        whole = int(np.floor(moved))
        matrix = np.array([[1, 0, whole - moved], [0, 1, 0]], np.float32)
        part = layer[:, whole : whole + canvas.shape[1] + 2]
        view = cv2.warpAffine(
            part, matrix, (part.shape[1], part.shape[0]), borderMode=cv2.BORDER_REPLICATE
        )
        over(canvas, view[:, : canvas.shape[1]], 0, round(top * self.unit))

    def frame(self, index: int) -> NDArray[np.uint8]:
        """Paints one frame.

        Args:
            index: frame number, 0 to FRAMES − 1.

        Returns:
            H×W×3 uint8, RGB, sRGB-encoded.
        """
        t, unit = float(index), self.unit
        canvas = np.zeros((2 * self.size[0], 2 * self.size[1], 3), np.float32)
        self._pan(canvas, self.sky, 0, 0.2 * t)
        self._pan(canvas, self.mountains, 38, 0.4 * t)
        self._pan(canvas, self.hills, 76, 0.7 * t)
        balloon = ((84 + 1.7 * t) * unit, (80 - 0.95 * t) * unit)
        place(canvas, self.balloon, balloon, 0.88, 3 * np.sin(0.16 * t))
        self._lake(canvas, t)
        sail_x, sail_y, roll = 236 + 1.5 * t, 128 + 0.8 * np.sin(0.35 * t), 3.0 * np.sin(0.28 * t)
        place(canvas, self.boat[::-1], (sail_x * unit, (sail_y + 50) * unit), 0.95, -roll, 0.38)
        place(canvas, self.boat, (sail_x * unit, sail_y * unit), 0.95, roll)
        for k in range(5):
            x = 300 + 46 * k - 3.1 * t * (1 + 0.05 * k)
            y = 42 + 13 * ((k * 3) % 5) - 0.3 * t + 2 * np.sin(0.3 * t + k)
            draw_gull(canvas, unit, x, y, 8 + 2.0 * (k % 3), 0.75 * t + 1.9 * k)
        self._pan(canvas, self.bank, BANK - 12, 2.8 * t)
        for kind, x, y, size in (
            (2, 196, 166, 0.55),
            (0, 40, 143, 1.0),
            (1, 436, 146, 0.95),
            (0, 520, 150, 0.9),
        ):
            place(canvas, self.trees[kind], ((x - 2.8 * t) * unit, y * unit), size)
        ball_x, hop = 118 + 5.0 * t, 9 * abs(np.sin(0.17 * t + 0.6))
        over(canvas, as_layer(np.zeros_like(canvas), 0.45 * self._shadow(ball_x, 233, 15)))
        place(
            canvas,
            turn_ball(self.ball_pattern, self.ball_light, (5.0 + 2.8) * t / 17 * 57.3),
            (ball_x * unit, (217 - hop) * unit),
            0.87,
        )
        self._pan(canvas, self.front, 205, 4.6 * t)
        small = cv2.resize(np.clip(canvas, 0, 1), self.size[::-1], interpolation=cv2.INTER_AREA)
        return np.rint(small * 255).astype(np.uint8)

    def _shadow(self, x: float, y: float, radius: float) -> Array:
        rows, columns = 2 * self.size[0], 2 * self.size[1]
        dy = (np.arange(rows, dtype=np.float32)[:, None] / self.unit - y) / (0.3 * radius)
        dx = (np.arange(columns, dtype=np.float32)[None] / self.unit - x) / radius
        return np.exp(-(dx**2 + dy**2)).astype(np.float32)
