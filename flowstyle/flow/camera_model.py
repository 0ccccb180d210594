"""The motion of a whole picture as a camera makes it: a polynomial of the second degree.

Twelve numbers, u(x, y) and v(x, y) each with 1, x, y, x², xy, y², hold pans, zooms, rolls and
tilts of a camera to a few hundredths of a pixel from frame to frame. They are fitted to an
estimated flow first, robustly: affine hypotheses from three vectors each (RANSAC, Fischler and
Bolles 1981), then reweighted least squares with Tukey's weights. That is as exact as the flow's
own bias, some 0.03 px. Gauss-Newton steps on the grey levels themselves, over thousands of
textured pixels that move so, then leave 0.01 px (Bergen et al., ECCV 1992).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Places = NDArray[np.intp]

BLUR = 1.0  # sigma in pixels: noise and the kernel of the warp then matter little
LIGHT = 41  # pixels: what changes over more than this is light, and is taken out
CELLS = 100  # vectors looked at in a row of the picture
TEXTURE = 4.0  # least squared gradient, in grey levels², of a place whose motion can be seen
LEAST_PLACES = 100  # textured places without which there is no model
HYPOTHESES = 150
TRIED_ON = 800  # places on which hypotheses are compared
TOLERANCE = 0.5  # pixels: farther from a hypothesis is as bad as anything
LEAST_SPREAD = 0.1  # pixels: the spread of an exact flow's vectors about a model
LEAST_SHARE = 0.25  # of the textured places must move with the model
NEAR = 1.2  # pixels: what is farther from the model moves by itself
PIXELS = 16384  # at which grey levels are compared
STEPS = 3  # of Gauss-Newton
DRIFT = 1.0  # pixels: grey levels that lead farther from the flow are not believed
STEADY = 1e-3  # share of the mean information that each term of second degree must beat
STILL = 0.03  # pixels: a camera that moves no farther stands still
NO_WORSE = 1.1  # times a model's error: as good without any motion
DIFFERENT = 4.0  # times the noise: levels farther apart show something else
FINE = 32  # parts of a pixel to which OpenCV's remap rounds positions


@dataclass(frozen=True)
class Detail:
    """What is compared of a picture: its luma without noise and light, and its gradient.

    Args:
        level: H×W in grey levels.
        x: H×W, derivative to the right, in grey levels a pixel.
        y: H×W, derivative downwards.
    """

    level: Floats
    x: Floats
    y: Floats


@dataclass(frozen=True)
class CameraModel:
    """The motion of what stands still before the camera.

    Args:
        terms: 2×6, x and y in pixels by 1, a, b, a², ab, b², with (a, b) the place from the middle
            in halves of the width.
        noise: standard deviation of grey levels about it, of :class:`Detail`.
    """

    terms: Doubles
    noise: float

    def at(self, x: Floats, y: Floats, size: tuple[int, int]) -> Floats:
        """Vectors at places.

        Args:
            x: in pixels; shapes of ``x`` and ``y`` broadcast.
            y: in pixels.
            size: (height, width) of the picture.

        Returns:
            2×… in pixels.
        """
        a, b = _scaled(x, y, size)
        rows = [
            (t[0] + a * (t[1] + a * t[3])) + (b * (t[2] + b * t[5])) + t[4] * (a * b)
            for t in self.terms.astype(np.float32)
        ]
        return np.stack(rows)

    def largest(self, size: tuple[int, int]) -> float:
        """The longest of its vectors at the corners, the sides' middles and the middle."""
        y, x = (np.array([0, side / 2, side], np.float32) for side in (size[0] - 1, size[1] - 1))
        return float(np.hypot(*self.at(x[None], y[:, None], size)).max())


def detail_of(image: Tensor) -> Detail:
    """What of a frame is compared.

    Args:
        image: 1×3×H×W, [0, 1].
    """
    return detail(luma(eight_bit(image)))


def eight_bit(image: Tensor) -> NDArray[np.uint8]:
    """1×3×H×W in [0, 1] → H×W×3."""
    planes = image[0].detach().float().cpu().numpy()
    levels = [cv2.convertScaleAbs(plane, alpha=255) for plane in planes]  # rounds and clips
    return np.asarray(cv2.merge(levels), np.uint8)


def luma(picture: NDArray[np.uint8]) -> Floats:
    """H×W×3 → H×W in grey levels."""
    weights = np.array([[0.299, 0.587, 0.114]], np.float32)
    return np.asarray(cv2.transform(picture.astype(np.float32), weights))


def detail(grey: Floats) -> Detail:
    """What of a picture is compared.

    Args:
        grey: H×W in grey levels.
    """
    smooth = cv2.GaussianBlur(grey, (0, 0), BLUR)
    level = smooth - cv2.blur(smooth, (LIGHT, LIGHT))
    slope = np.array([1, -8, 0, 8, -1], np.float32) / 12
    one = np.ones(1, np.float32)
    x, y = cv2.sepFilter2D(level, -1, slope, one), cv2.sepFilter2D(level, -1, one, slope)
    return Detail(level.astype(np.float32), x.astype(np.float32), y.astype(np.float32))


def fit_camera(flow: Floats, target: Detail, source: Detail) -> CameraModel | None:
    """The motion that most of what can be seen to move has in common.

    Args:
        flow: 2×H×W in pixels, target → source.
        target: of the frame on whose pixels the flow stands.
        source: of the frame into which it points.

    Returns:
        The model, whose terms are exactly 0 where the camera stands still; None where there is too
        little texture, or no motion that enough of it shares.
    """
    height, width = target.level.shape
    y, x = _textured(target)
    if len(x) < LEAST_PLACES:
        return None
    terms = _from_vectors(_terms_at(x, y, (height, width)), flow[:, y, x].astype(np.float64))
    if terms is None:
        return None
    model = _from_levels(terms, flow, target, source)
    if model is None:
        return None
    stands = model.largest((height, width)) <= STILL
    if stands or _as_good_without(model, target, source, x, y):
        return CameraModel(np.zeros_like(terms), model.noise)
    return model


def _textured(target: Detail) -> tuple[Places, Places]:
    """Rows and columns of a grid's places around which there is texture."""
    step = max(3, round(target.level.shape[1] / CELLS))
    energy = cv2.blur(target.x**2 + target.y**2, (5, 5))[step // 2 :: step, step // 2 :: step]
    if not energy.size:  # a strip, which lies between two rows of the grid
        return (np.zeros(0, np.intp),) * 2
    y, x = np.nonzero(energy > max(TEXTURE, float(np.percentile(energy, 30))))
    return y * step + step // 2, x * step + step // 2


def _from_vectors(basis: Doubles, vectors: Doubles) -> Doubles | None:
    """Terms 2×6 from vectors 2×N at places with the terms 6×N; None if too few agree."""
    terms = _hypothesis(basis[:3], vectors)
    if terms is None:
        return None
    for _ in range(8):
        away = np.hypot(*(terms @ basis - vectors))
        near = away[away < NEAR]
        if near.size < LEAST_SHARE * away.size:
            return None
        weights = _tukey(away, 4 * max(LEAST_SPREAD, 1.5 * float(np.median(near))))
        weighted = basis * weights
        matrix = weighted @ basis.T
        matrix[range(3, 6), range(3, 6)] += STEADY * weights.sum() / 6
        terms = np.asarray(np.linalg.solve(matrix, weighted @ vectors.T).T, np.float64)
    return terms


def _hypothesis(basis: Doubles, vectors: Doubles) -> Doubles | None:
    """The affine motion through three of the vectors that fits most of them, as terms 2×6."""
    rng = np.random.default_rng(0)  # the same choice for the same picture
    chosen = rng.permutation(vectors.shape[1])[:TRIED_ON]
    basis, vectors = basis[:, chosen], vectors[:, chosen]
    threes = np.argsort(rng.random((HYPOTHESES, len(chosen))), axis=1)[:, :3]
    corners = basis.T[threes]  # hypotheses × 3 places × 3 terms
    wide = np.abs(np.linalg.det(corners)) > 0.02
    if not wide.any():
        return None
    affine = np.linalg.solve(corners[wide], vectors.T[threes[wide]])  # … × 3 terms × 2
    away = affine.transpose(0, 2, 1) @ basis - vectors
    cost = np.minimum((away**2).sum(1), TOLERANCE**2).sum(1)
    best = affine[int(np.argmin(cost))].T
    return np.concatenate([best, np.zeros((2, 3))], axis=1)


def _from_levels(
    terms: Doubles, flow: Floats, target: Detail, source: Detail
) -> CameraModel | None:
    """The terms for which the grey levels agree best, where the flow goes with them."""
    height, width = target.level.shape
    y, x = _moving_so(CameraModel(terms, 0.0), flow, target)
    if len(x) < LEAST_PLACES:
        return None
    basis = _terms_at(x, y, (height, width))
    first, noise = terms, 0.0
    for _ in range(STEPS):
        way_x, way_y = terms @ basis
        to_x, to_y = rounded(x + way_x), rounded(y + way_y)
        slope_x = 0.5 * (target.x[y, x] + _sampled(source.x, to_x, to_y, cv2.INTER_LINEAR))
        slope_y = 0.5 * (target.y[y, x] + _sampled(source.y, to_x, to_y, cv2.INTER_LINEAR))
        change = target.level[y, x] - _sampled(source.level, to_x, to_y, cv2.INTER_LANCZOS4)
        noise = 1.4826 * float(np.median(np.abs(change)))
        weights = _tukey(change, 4.7 * max(noise, 0.05))
        weights *= (to_x >= 0) & (to_x <= width - 1) & (to_y >= 0) & (to_y <= height - 1)
        # From the places that were sampled to where the levels agree: linear in the terms.
        wanted = change + slope_x * (to_x - x) + slope_y * (to_y - y)
        slopes = np.concatenate([basis * slope_x, basis * slope_y]).astype(np.float64)
        terms = _solved(slopes, weights, wanted.astype(np.float64))
    drift = float(np.median(np.hypot(*((terms - first) @ basis))))
    return CameraModel(terms, noise) if drift < DRIFT else None


def _as_good_without(
    model: CameraModel, target: Detail, source: Detail, x: Places, y: Places
) -> bool:
    """Whether grey levels agree as well without any motion, at places of texture.

    What moves before a camera that stands still can lead a model astray, and terms that explain
    nothing still move the corners.
    """
    height, width = target.level.shape
    way_x, way_y = model.at(x.astype(np.float32), y.astype(np.float32), (height, width))
    to_x, to_y = rounded(x + way_x), rounded(y + way_y)
    here, slope_x, slope_y = target.level[y, x], target.x[y, x], target.y[y, x]
    moved = here - _sampled(source.level, to_x, to_y, cv2.INTER_LANCZOS4)
    moved += slope_x * (to_x - x - way_x) + slope_y * (to_y - y - way_y)
    limit = (DIFFERENT * max(model.noise, 0.5)) ** 2
    still, model_error = (
        float(np.minimum(change**2, limit).sum()) for change in (here - source.level[y, x], moved)
    )
    return still <= NO_WORSE * model_error


def _moving_so(model: CameraModel, flow: Floats, target: Detail) -> tuple[Places, Places]:
    """Rows and columns of textured pixels that move with a model, spread over the picture."""
    height, width = target.level.shape
    step = max(1, int(np.sqrt(height * width / (3 * PIXELS))))
    # Near the border light is not known: what it is the mean of comes in or goes out of the frame.
    rows, columns = (np.arange(m := min(LIGHT // 2, n // 6), n - m, step) for n in (height, width))
    grid = np.ix_(rows, columns)
    x, y = columns.astype(np.float32)[None], rows.astype(np.float32)[:, None]
    away = np.abs(flow[:, rows[:, None], columns] - model.at(x, y, (height, width))).sum(0)
    energy = target.x[grid] ** 2 + target.y[grid] ** 2
    row, column = np.nonzero((away < NEAR) & (energy > TEXTURE))
    every = len(row) // PIXELS + 1
    return rows[row[::every]], columns[column[::every]]


def _solved(slopes: Doubles, weights: Doubles, wanted: Doubles) -> Doubles:
    """Weighted least squares over the twelve terms, those of second degree held back a little."""
    weighted = slopes * weights
    matrix = weighted @ slopes.T
    held = np.tile([1e-6] * 3 + [STEADY] * 3, 2) * np.trace(matrix) / 12
    matrix[np.diag_indices(12)] += held + 1e-9
    return np.asarray(np.linalg.solve(matrix, weighted @ wanted).reshape(2, 6))


def _scaled(x: Floats, y: Floats, size: tuple[int, int]) -> tuple[Floats, Floats]:
    height, width = size
    scale = np.float32(2.0 / width)
    return (x - np.float32((width - 1) / 2)) * scale, (y - np.float32((height - 1) / 2)) * scale


def _terms_at(x: Places, y: Places, size: tuple[int, int]) -> Doubles:
    """1, a, b, a², ab, b² at places, 6×N."""
    a, b = _scaled(x.astype(np.float32), y.astype(np.float32), size)
    return np.stack([np.ones_like(a), a, b, a * a, a * b, b * b]).astype(np.float64)


def _tukey(away: NDArray[np.floating], limit: float) -> Doubles:
    inside = 1 - (away.astype(np.float64) / limit) ** 2
    return np.asarray(np.where(inside > 0, inside, 0.0) ** 2, np.float64)


def rounded(place: NDArray[np.floating]) -> Floats:
    """The nearest positions that OpenCV's remap takes as they are."""
    return np.asarray(np.rint(place * FINE) / FINE, np.float32)


def _sampled(image: Floats, x: Floats, y: Floats, kernel: int) -> Floats:
    """Values at N places, the border repeated; OpenCV takes no row longer than 32767."""
    row = 128
    pad = -len(x) % row
    to_x, to_y = (np.pad(place, (0, pad)).reshape(-1, row) for place in (x, y))
    values = cv2.remap(image, to_x, to_y, kernel, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(values.ravel()[: len(x)], np.float32)
