"""Vectors of what moves with the camera, or stands still, made exact by a model of its motion.

DIS's vectors scatter by a quarter of a pixel on what stands rigid before a camera that creeps, and
carried paint trembles with them. :mod:`flowstyle.flow.camera_model` knows that motion to 0.01 px.
It takes the vectors' place where the pictures do not speak against it. Around each pixel, as far as
its colour reaches, the shift that is left over is estimated (Lucas and Kanade 1981): a flat object
that moves by itself is told from the background by its outline, since its evidence is gathered over
all of its colour. A small shift that is more than chance, such as that of what is nearer, is added
to the model's; a larger one, or grey levels that agree less than under the vectors at hand, leave
those where they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from flowstyle.core.device import both
from flowstyle.flow.camera_model import (
    CameraModel,
    Detail,
    Floats,
    detail,
    eight_bit,
    fit_camera,
    luma,
    rounded,
)

GRID = 400  # places in a row of the picture at which evidence is gathered, about
WINDOW = 5  # places around each, in any case
AS_FAR = 14.0  # places: how far evidence is carried within a colour
AS_ALIKE = 30.0  # grey levels, summed over the way: what no longer counts as one colour
LEAST_NOISE = 0.25  # grey levels: what rounding and resampling leave of exact pictures
NOISE_STILL = 1.0  # grey levels: what a codec changes, here and there, of what stands still
SHORT = 0.3  # pixels: longer vectors before a camera that stands still are no codec's doing
CHANCE = 0.05  # pixels: a shift no longer than this is not told from none
CHANCE_STILL = 0.1  # pixels: the same before a camera that stands still
LIMIT = 0.1  # pixels: up to here a shift is added to the model, at twice as much it is refused
WORSE = 1.2  # times the error of the vectors at hand, and half the noise, is agreeing as well


@dataclass(frozen=True)
class _Compared:
    """Two pictures along a motion, at places in rows and columns, 0 outside the frame.

    Args:
        change: of the level, in grey levels.
        x: slope to the right.
        y: slope downwards.
    """

    change: Floats
    x: Floats
    y: Floats


@dataclass(frozen=True)
class _Correction:
    """What takes the place of vectors: ``share`` H×W in [0, 1], ``shift`` 2×H×W to the model's."""

    share: Floats
    shift: Floats


def steady(flow: Tensor, reverse: Tensor, target: Tensor, source: Tensor) -> tuple[Tensor, Tensor]:
    """Both flows with the camera's motion where the pictures bear it out.

    Args:
        flow: 1×2×H×W in pixels, target → source.
        reverse: 1×2×H×W, source → target.
        target: 1×3×H×W, [0, 1].
        source: 1×3×H×W.

    Returns:
        Both, each 1×2×H×W; exactly 0 where camera and scene stand still.
    """
    pictures = eight_bit(target), eight_bit(source)
    details = [detail(luma(picture)) for picture in pictures]
    return both(
        lambda: _one_way(flow, details[0], details[1], pictures[0]),
        lambda: _one_way(reverse, details[1], details[0], pictures[1]),
        device=flow.device,
    )


def _one_way(flow: Tensor, target: Detail, source: Detail, colours: NDArray[np.uint8]) -> Tensor:
    own = flow[0].float().cpu().numpy()
    model = fit_camera(own, target, source)
    if model is None:
        return flow
    height, width = size = (own.shape[1], own.shape[2])
    found = _correction(model, own, target, source, colours)
    x, y = np.arange(width, dtype=np.float32)[None], np.arange(height, dtype=np.float32)[:, None]
    whole = torch.from_numpy(model.at(x, y, size) + found.shift)[None].to(flow)
    share = torch.from_numpy(found.share)[None, None].to(flow)
    return torch.where(share >= 1, whole, torch.lerp(flow, whole, share))


def _correction(
    model: CameraModel, own: Floats, target: Detail, source: Detail, colours: NDArray[np.uint8]
) -> _Correction:
    """Where the model holds, and by how much things beside the camera's way shift."""
    height, width = size = (own.shape[1], own.shape[2])
    step = min(4, max(2, round(width / GRID)))
    x = np.arange(step // 2, width, step, dtype=np.float32)[None]
    y = np.arange(step // 2, height, step, dtype=np.float32)[:, None]
    grid = np.s_[step // 2 :: step, step // 2 :: step]
    model_way, own_way = model.at(x, y, size), np.stack([own[0][grid], own[1][grid]])
    guide = cv2.resize(colours, model_way.shape[:0:-1], interpolation=cv2.INTER_AREA)
    still, noise = not model.terms.any(), max(model.noise, LEAST_NOISE)
    share, shift = _weighed(
        _compared(model_way, target, source, grid, x, y),
        _compared(own_way, target, source, grid, x, y),
        cv2.ximgproc.createDTFilter(guide, AS_FAR, AS_ALIKE, cv2.ximgproc.DTF_RF, 3),
        np.where(still & (np.hypot(*own_way) < SHORT), max(noise, NOISE_STILL), noise) ** 2,
        CHANCE_STILL if still else CHANCE,
    )
    whole = [
        cv2.resize(plane.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
        for plane in (share, *shift)
    ]
    return _Correction(whole[0], np.stack(whole[1:]))


def _weighed(
    model: _Compared,
    own: _Compared,
    smoother: cv2.ximgproc.DTFilter,
    noise: Floats,
    chance: float,
) -> tuple[Floats, Floats]:
    """Share of the model and what is added to it, at the places compared.

    Args:
        model: along the model.
        own: along the vectors at hand.
        smoother: gathers over a colour.
        noise: variance in grey levels², rows × columns.
        chance: pixels, a shift no longer than this is none.

    Returns:
        Rows × columns in [0, 1], and 2×rows×columns in pixels.
    """
    inside = (model.x != 0) | (model.y != 0)  # nothing is compared outside the frame
    products = (
        model.x * model.x, model.x * model.y, model.y * model.y,
        model.x * model.change, model.y * model.change,
        model.change * model.change, own.change * own.change * inside,
    )  # fmt: skip
    xx, xy, yy, xc, yc, error, own_error = (
        smoother.filter(cv2.blur(one, (WINDOW, WINDOW))) for one in products
    )
    xx, yy = xx + 0.5 * noise, yy + 0.5 * noise  # without texture there is no shift
    shift = np.stack([yy * xc - xy * yc, xx * yc - xy * xc]) / (xx * yy - xy * xy)
    length = np.hypot(*shift)
    shift = shift * np.maximum(0, 1 - (chance / np.maximum(length, 1e-6)) ** 2)
    u, v = shift
    error = error - 2 * (u * xc + v * yc) + u * u * xx + 2 * u * v * xy + v * v * yy
    near = np.clip((2 * LIMIT - length) / LIMIT, 0, 1)
    over = error - WORSE * own_error - 0.5 * noise
    alike = np.clip(-over / (0.2 * own_error + 0.3 * noise), 0, 1)
    return near * alike, shift


def _compared(
    way: Floats, target: Detail, source: Detail, grid: tuple[slice, slice], x: Floats, y: Floats
) -> _Compared:
    """Both pictures along a motion, exact in spite of the positions that remap rounds.

    Args:
        way: 2×rows×columns in pixels, at the places.
        target: on which the places lie.
        source: into which the motion points.
        grid: the places as slices of the picture.
        x: of the places, 1×columns.
        y: of the places, rows×1.
    """
    height, width = target.level.shape
    to_x, to_y = rounded(x + way[0]), rounded(y + way[1])
    inside = (to_x >= 0) & (to_x <= width - 1) & (to_y >= 0) & (to_y <= height - 1)
    slope_x = 0.5 * (target.x[grid] + _moved(source.x, to_x, to_y, cv2.INTER_LINEAR))
    slope_y = 0.5 * (target.y[grid] + _moved(source.y, to_x, to_y, cv2.INTER_LINEAR))
    change = target.level[grid] - _moved(source.level, to_x, to_y, cv2.INTER_CUBIC)
    change += slope_x * (to_x - x - way[0]) + slope_y * (to_y - y - way[1])
    return _Compared(change * inside, slope_x * inside, slope_y * inside)


def _moved(image: Floats, x: Floats, y: Floats, kernel: int) -> Floats:
    return np.asarray(cv2.remap(image, x, y, kernel, borderMode=cv2.BORDER_REPLICATE))
