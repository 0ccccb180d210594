"""The project's own style pictures, painted procedurally.

Each painter takes a size and a seed and returns H×W×3 uint8 RGB. All paint at twice the size and
average down, so that edges are smooth.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.demo.brush import brush
from scripts.demo.noise import Array, Colour, floats, fractal_noise, ramp, relief, smoothstep

Size = tuple[int, int]  # (height, width) in pixels
_SHIFT = 4  # cv2 draws with coordinates in 1/16 pixel


def _grid(height: int, width: int) -> tuple[Array, Array]:
    """Pixel coordinates (x, y), each H×W."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return x, y


def _finish(picture: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Averages the double-size picture down and rounds it to 8 bits."""
    height, width = picture.shape[:2]
    small = cv2.resize(
        np.clip(picture, 0, 1), (width // 2, height // 2), interpolation=cv2.INTER_AREA
    )
    return np.rint(small * 255).astype(np.uint8)


def _unit(u: Array, v: Array) -> Array:
    """Two components to an H×W×2 field of unit vectors."""
    size = np.hypot(u, v) + 1e-6
    return np.stack([u / size, v / size], -1).astype(np.float32)


def night(size: Size = (512, 640), seed: int = 1) -> NDArray[np.uint8]:
    """Lantern night: curling strokes of blue and gold around glowing lights, above dark hills."""
    rng = np.random.default_rng((seed, 1))
    height, width = 2 * size[0], 2 * size[1]
    x, y = _grid(height, width)
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
    return _finish(brush(picture, _unit(u, v), scaled, rng))


def glass(size: Size = (640, 640), seed: int = 1) -> NDArray[np.uint8]:
    """Stained glass: a rising sun of warm panes in dark lead, streaked and lit from behind."""
    rng = np.random.default_rng((seed, 2))
    height, width = 2 * size[0], 2 * size[1]
    x, y = _grid(height, width)
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
    return _finish(picture * (1 - lead) + metal * lead)


def candy(size: Size = (512, 640), seed: int = 1) -> NDArray[np.uint8]:
    """Candy swirls: ribbons of thick pink, coral, cream, and turquoise paint that curl."""
    rng = np.random.default_rng((seed, 4))
    height, width = 2 * size[0], 2 * size[1]
    x, y = _grid(height, width)
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
    painted = brush(np.clip(picture, 0, 1), _unit(u, -v), scaled, rng, 0.05, 0.25)
    dome = 16 * np.sin(np.pi * inside).astype(np.float32)
    return _finish(painted * relief(cv2.GaussianBlur(dome, (0, 0), 3), 0.30)[..., None])


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
    x, y = _grid(height, width)
    unit = height / 1024
    ink: Colour = (0.07, 0.12, 0.27)
    cream: Colour = (0.97, 0.93, 0.82)
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
        wave, high = (150 + 330 * depth) * unit, (60 + 230 * depth) * unit
        base = (0.40 + 0.70 * depth**1.15) * height
        crest = _crest(width, wave, high, rng)
        _print_wave(canvas, crest, base, high, depth, blues, (ink, cream), unit, rng)
    painted = canvas.astype(np.float32) / 255
    paper = fractal_noise((height, width), 7 * unit, rng, 3)
    return _finish(painted * (0.90 + 0.14 * grain + 0.06 * paper)[..., None])


def _print_wave(
    canvas: NDArray[np.uint8],
    crest: tuple[Array, Array, Array],
    base: float,
    high: float,
    depth: float,
    blues: Sequence[Colour],
    ends: tuple[Colour, Colour],
    unit: float,
    rng: np.random.Generator,
) -> None:
    """Prints one row of waves into `canvas`: body, carved lines, outline, foam."""
    height, width = canvas.shape[:2]

    def fixed(curve: Array) -> NDArray[np.int32]:
        return np.rint(curve * 2**_SHIFT).astype(np.int32)

    def tone(colour: Sequence[float]) -> tuple[float, float, float]:
        return (float(colour[0] * 255), float(colour[1] * 255), float(colour[2] * 255))

    floor = floats([[width + 400, height + 400], [-400, height + 400]])
    ink, cream = ends
    calm, lean, rise = crest
    steps = 24
    table = ramp(np.linspace(0, 1, 64).astype(np.float32), blues)
    for k in range(
        steps
    ):  # nested swells, the inner ones flatter; each ends in a carved line of ink or paper
        rest = (1 - k / steps) ** 1.3
        sink = 0.95 * high * (k / steps) ** 1.2
        level = np.stack([calm + lean * rest, base - rise * rest + sink], -1)
        shade = np.clip(0.10 + 0.40 * depth + 0.55 * abs(((k * 0.21) % 2) - 1), 0, 1)
        body = [fixed(np.concatenate([level, floor]))]
        cv2.fillPoly(canvas, body, tone(table[int(shade * 63)]), cv2.LINE_AA, _SHIFT)
        thick = max(int((1.4 + 3.2 * depth) * unit), 1)
        if k % 2:
            cv2.polylines(canvas, [fixed(level)], False, tone(ink), thick, cv2.LINE_AA, _SHIFT)
            continue
        breaks = np.flatnonzero(rng.random(len(level)) < 0.02)
        for part in np.split(level, breaks)[::2] if k else [level]:
            cv2.polylines(canvas, [fixed(part)], False, tone(cream), thick, cv2.LINE_AA, _SHIFT)
    points = np.stack([calm + lean, base - rise], -1)
    tangent = np.gradient(points, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-6
    normals = np.stack([tangent[:, 1], -tangent[:, 0]], -1)
    cv2.polylines(canvas, [fixed(points)], False, tone(ink), thick + 2, cv2.LINE_AA, _SHIFT)
    lift = rise / high - 0.22 * (
        np.gradient(rise) < 0
    )  # the front of a crest foams more than its back
    size = (3 + 15 * depth) * unit
    for colour, grow in (
        (ink, 2.6 * unit),
        (cream, 0.0),
    ):  # foam: an outlined chain of fingers, then dots
        state = np.random.default_rng(int(1000 * depth))  # the same fingers for both
        for k in range(0, len(points), 3):
            foam = float(lift[k])
            if foam < 0.35:
                continue
            reach = size * state.uniform(0.5, 1.3) * foam
            at = points[k] + normals[k] * state.uniform(-0.7, 0.5) * size
            cv2.circle(
                canvas,
                [int(c) for c in fixed(at)],
                int((reach + grow) * 2**_SHIFT),
                tone(colour),
                -1,
                cv2.LINE_AA,
                _SHIFT,
            )
    for k in range(0, len(points), 2):
        if lift[k] > 0.3 and rng.random() < 0.5:
            at = points[k] + normals[k] * rng.exponential(2.2 * size) + rng.normal(0, size, 2)
            dot = int(rng.uniform(0.10, 0.32) * size * 2**_SHIFT)
            cv2.circle(
                canvas, [int(c) for c in fixed(at)], dot, tone(cream), -1, cv2.LINE_AA, _SHIFT
            )


PAINTERS: dict[str, Callable[..., NDArray[np.uint8]]] = {
    "night": night,
    "glass": glass,
    "waves": waves,
    "candy": candy,
}
