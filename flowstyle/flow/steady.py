"""Vectors of what moves with the camera, or stands still, made exact by a model of its motion.

DIS's vectors scatter by a quarter of a pixel on what stands rigid before a camera that creeps, and
carried paint trembles with them. :mod:`flowstyle.flow.camera_model` knows the same motion to 0.01 px.
It takes the vectors' place where the pictures do not speak against it: around each pixel, as far
as its colour reaches, the shift that is left over is estimated (Lucas and Kanade 1981) from the
same grey levels. A flat object that moves by itself is told from the background by its outline,
since its evidence is gathered over all of its colour. What moves otherwise keeps its own vectors.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from flowstyle.flow.camera_model import CameraModel, Detail, Floats, detail, fit_camera, rounded

STILL = 0.03  # pixels: a camera that moves no farther stands still
GRID = 400  # places in a row of the picture at which evidence is gathered, about
WINDOW = 5  # places around each, in any case
SMOOTHNESS = 200.0  # of the filter that carries evidence as far as a colour reaches
SAME_COLOUR = 5.0  # its sigma, in grey levels
LEAST_NOISE = 0.25  # grey levels: what rounding and resampling leave of exact pictures
SPREAD = 2.0  # how many usual shifts count as none
LIMITS = 0.07, 0.3  # pixels: least and largest shift that counts as none
WORSE = 2.2  # times the error of the own vector, at which that is kept in any case


@dataclass(frozen=True)
class _Evidence:
    """What speaks for and against a model, on a grid of places, each rows × columns.

    Args:
        shift: pixels left over.
        sure: in [0, 1], how much texture says so.
        model: mean squared difference of grey levels under the model.
        own: the same under the vectors at hand.
    """

    shift: Floats
    sure: Floats
    model: Floats
    own: Floats


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
    pictures = _eight_bit(target), _eight_bit(source)
    details = [detail(_luma(picture)) for picture in pictures]
    return (
        _one_way(flow, details[0], details[1], pictures[0]),
        _one_way(reverse, details[1], details[0], pictures[1]),
    )


def _one_way(flow: Tensor, target: Detail, source: Detail, colours: NDArray[np.uint8]) -> Tensor:
    own = flow[0].float().cpu().numpy()
    model = fit_camera(own, target, source)
    if model is None:
        return flow
    height, width = size = (own.shape[1], own.shape[2])
    if model.largest(size) <= STILL:
        model = CameraModel(np.zeros_like(model.terms), model.noise)
    share = torch.from_numpy(_share(model, own, target, source, colours))[None, None].to(flow)
    x, y = np.arange(width, dtype=np.float32)[None], np.arange(height, dtype=np.float32)[:, None]
    whole = torch.from_numpy(model.at(x, y, size))[None].to(flow)
    return torch.where(share >= 1, whole, torch.lerp(flow, whole, share))


def _share(
    model: CameraModel, own: Floats, target: Detail, source: Detail, colours: NDArray[np.uint8]
) -> Floats:
    """How far the model takes the place of the vectors at hand, H×W in [0, 1]."""
    height, width = own.shape[1:]
    found = _evidence(model, own, target, source, colours)
    noise = max(model.noise, LEAST_NOISE) ** 2
    seen = found.shift[found.sure > 0.5]
    usual = float(np.median(seen)) if seen.size else 0.0
    limit = float(np.clip(SPREAD * usual, *LIMITS))
    unmoved = np.clip((2 * limit - found.shift) / limit, 0, 1)
    worse = found.model - WORSE * found.own - noise
    alike = np.clip(-worse / (0.2 * found.own + 0.3 * noise), 0, 1)
    share = (unmoved * alike).astype(np.float32)
    return np.asarray(cv2.resize(share, (width, height), interpolation=cv2.INTER_LINEAR))


def _evidence(
    model: CameraModel, own: Floats, target: Detail, source: Detail, colours: NDArray[np.uint8]
) -> _Evidence:
    """Shifts and errors about a model, gathered over each place's colour."""
    height, width = own.shape[1:]
    step = min(4, max(2, round(width / GRID)))
    at = np.s_[step // 2 :: step, step // 2 :: step]
    x = np.arange(step // 2, width, step, dtype=np.float32)[None]
    y = np.arange(step // 2, height, step, dtype=np.float32)[:, None]
    way = model.at(x, y, (height, width))
    to_x, to_y = rounded(x + way[0]), rounded(y + way[1])
    slope_x = 0.5 * (target.x[at] + _moved(source.x, to_x, to_y, cv2.INTER_LINEAR))
    slope_y = 0.5 * (target.y[at] + _moved(source.y, to_x, to_y, cv2.INTER_LINEAR))
    change = target.level[at] - _moved(source.level, to_x, to_y, cv2.INTER_CUBIC)
    change += slope_x * (to_x - x - way[0]) + slope_y * (to_y - y - way[1])
    own_x, own_y = x + own[0][at], y + own[1][at]
    own_change = target.level[at] - _moved(source.level, own_x, own_y, cv2.INTER_CUBIC)
    inside = (to_x >= 0) & (to_x <= width - 1) & (to_y >= 0) & (to_y <= height - 1)
    products = (
        slope_x * slope_x, slope_x * slope_y, slope_y * slope_y,
        slope_x * change, slope_y * change, change * change, own_change * own_change,
    )  # fmt: skip
    guide = cv2.resize(colours, to_x.shape[::-1], interpolation=cv2.INTER_AREA)
    smoother = cv2.ximgproc.createFastGlobalSmootherFilter(guide, SMOOTHNESS, SAME_COLOUR)
    xx, xy, yy, xc, yc, error, own_error = (
        smoother.filter(cv2.blur(np.where(inside, one, 0).astype(np.float32), (WINDOW, WINDOW)))
        for one in products
    )
    noise = max(model.noise, LEAST_NOISE) ** 2
    sure = (xx + yy) / (xx + yy + 4 * noise + 2)
    xx, yy = xx + 0.5 * noise, yy + 0.5 * noise  # without texture there is no shift
    split = xx * yy - xy * xy
    shift = np.hypot(yy * xc - xy * yc, xx * yc - xy * xc) / split
    return _Evidence(shift, sure, error, own_error)


def _moved(image: Floats, x: Floats, y: Floats, kernel: int) -> Floats:
    return np.asarray(cv2.remap(image, x, y, kernel, borderMode=cv2.BORDER_REPLICATE))


def _eight_bit(image: Tensor) -> NDArray[np.uint8]:
    """1×3×H×W in [0, 1] → H×W×3."""
    planes = image[0].detach().float().cpu().numpy()
    return cv2.merge([cv2.convertScaleAbs(plane, alpha=255) for plane in planes])  # rounds, clips


def _luma(picture: NDArray[np.uint8]) -> Floats:
    weights = np.float32([[0.299, 0.587, 0.114]])
    return np.asarray(cv2.transform(picture.astype(np.float32), weights))
