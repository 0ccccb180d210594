"""How the parts of a long shot meet: warp error, style and the looks of frames at their borders."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean, median
from typing import Any

import cv2
import numpy as np

from flowstyle.core.images import to_tensor
from flowstyle.core.types import Shot, Survey
from flowstyle.execution.parts import borders
from flowstyle.features.compact import load_compact
from flowstyle.media.pictures import read_picture
from flowstyle.metrics.evaluation import evaluate_frames, matched_clips
from flowstyle.metrics.profile import FrameFigures
from flowstyle.pipeline import stylize_video
from flowstyle.render.result import Output
from flowstyle.settings import load_settings
from flowstyle.temporal.towards import REACH
from scripts.benchmarks.consistency_clips import Clip, judge_of
from scripts.common.results import number, table

CROP = 64
"""Pixels of a side of what is shown of a frame."""
LARGER = 4
"""Times that it is shown larger."""


def seams(clip: Clip, style: Path, part: int, features: str, out: Path) -> dict[str, Any]:
    """Paint a clip of one shot whole and in parts; its figures at the borders and elsewhere.

    Args:
        clip: one shot.
        style: picture.
        part: length of the parts, at most.
        features: name of the network.
        out: folder for renders and pictures.
    """
    keys = borders(Shot(0, clip.frames - 1), Survey(clip.frames, ()), part)
    found = {length: _painted(clip, style, length, features, out) for length in (0, part)}
    whole, parts = (_figures(clip, style, folder, out) for folder in found.values())
    near = {index for key in keys[1:] for index in range(key - REACH, key + 1)}
    usual = median(_error(one) for one in parts[1:] if one.index not in near)
    usual_whole = median(_error(one) for one in whole[1:] if one.index not in near)
    pictures = out / f"{clip.name}-seams.png"
    _show(found[part], keys[1], pictures)
    return {
        "clip": clip.name,
        "size": clip.width,
        "frames": clip.frames,
        "borders": list(keys[1:]),
        "seam": max(_error(parts[key]) for key in keys[1:]) / usual,
        "seam_whole": max(_error(whole[key]) for key in keys[1:]) / usual_whole,
        "before": fmean(_error(parts[index]) for index in near) / usual,
        "before_whole": fmean(_error(whole[index]) for index in near) / usual_whole,
        "usual": usual,
        "style": _styles(parts, near),
        "style_whole": _styles(whole, near),
        "pictures": str(pictures),
    }


def _painted(clip: Clip, style: Path, part: int, features: str, out: Path) -> Path:
    """A render of the clip, as a folder of pictures; one that is there is taken."""
    folder = out / f"{clip.name}-{clip.width}-{clip.frames}-part{part}"
    if not folder.exists():
        changed = {"features": features, "part": part, "frames": clip.frames, "cuts": False}
        settings = load_settings({**changed, "width": clip.width})
        stylize_video(clip.path, [style], settings, Output(folder, measure=False, report=False))
    return folder


def _figures(clip: Clip, style: Path, folder: Path, out: Path) -> list[FrameFigures]:
    """Figures of all frames, style included."""
    pairs = matched_clips(clip.path, folder, count=clip.frames).pairs()
    picture = to_tensor(read_picture(style))
    judge = judge_of(clip, "tvl1", out)
    found = evaluate_frames(
        pairs, style=picture, network=load_compact(), judge=judge, cuts=(), total=None
    )
    return list(found.profile)


def _error(one: FrameFigures) -> float:
    """Warp error of a frame and the one before."""
    if one.warp_error is None:
        raise ValueError(f"frame {one.index} has no warp error")
    return one.warp_error


def _styles(frames: list[FrameFigures], near: set[int]) -> float:
    """Style distance of frames before borders over that of others."""
    at, other = (
        fmean(one.style for one in frames if one.style is not None and (one.index in near) is where)
        for where in (True, False)
    )
    return at / other


def _show(folder: Path, border: int, path: Path) -> None:
    """Four frames about a border, the middle of each enlarged."""
    files = sorted(folder.glob("*.png"))[border - 2 : border + 2]
    crops = []
    for file in files:
        picture = cv2.imread(str(file))
        top, left = (picture.shape[0] - CROP) // 2, (picture.shape[1] - CROP) // 2
        crop = picture[top : top + CROP, left : left + CROP]
        crops.append(np.kron(crop, np.ones((LARGER, LARGER, 1), crop.dtype)))
    cv2.imwrite(str(path), np.concatenate(crops, axis=1))


def seams_text(found: list[dict[str, Any]]) -> str:
    """The table of the page."""
    head = ["clip", "frames", "parts begin at", "pair at a border", "the 24 before it", "style"]
    rows = [
        [
            f"{one['clip']}, {one['size']} wide",
            str(one["frames"]),
            ", ".join(map(str, one["borders"])),
            f"{one['seam']:.2f} ({one['seam_whole']:.2f})",
            f"{one['before']:.2f} ({one['before_whole']:.2f})",
            f"{one['style']:.3f} ({one['style_whole']:.3f})",
        ]
        for one in found
    ]
    errors = ", ".join(f"{one['clip']} {number(one['usual'])}" for one in found)
    return (
        f"{table(head, rows)}\n\nWarp error over the median of all other pairs, the largest of all "
        f"borders; in brackets what the same frames have without parts. Medians: {errors}. Style: "
        "distance to the style picture over that of the other frames."
    )
