"""The clips of ``consistency.py``, and what their flow is judged by."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from flowstyle.flow.protocol import DirectMethod, FlowMethod, FramePair
from flowstyle.metrics.judge import make_judge
from scripts.common.motion import MotionClip, motion_clip
from scripts.common.options import shared_file


@dataclass(frozen=True)
class Clip:
    """A clip of the benchmark; ``motion`` holds the exact flow where it is known."""

    name: str
    path: Path
    width: int
    frames: int
    motion: MotionClip | None = None


class ExactFlow(DirectMethod):
    """The flow that a synthetic clip was made with."""

    name = "exact"

    def __init__(self, motion: MotionClip) -> None:
        self._motion = motion

    def __call__(
        self,
        target: Tensor,
        source: Tensor,
        frames: FramePair | None = None,
        start: Tensor | None = None,
    ) -> Tensor:
        """The exact flow between frames (target, source), 1×2×H×W in pixels."""
        if frames is None:
            raise ValueError("exact flow is known by frame numbers only")
        return torch.from_numpy(self._motion.flow(*frames))[None]


class StoredFlow(DirectMethod):
    """A judge that keeps its flows on disk: all rows of a clip are judged by the same flow."""

    def __init__(self, judge: FlowMethod, folder: Path) -> None:
        self.name = judge.name
        self._judge = judge
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def __call__(
        self,
        target: Tensor,
        source: Tensor,
        frames: FramePair | None = None,
        start: Tensor | None = None,
    ) -> Tensor:
        """The flow between frames (target, source), 1×2×H×W in pixels, computed once."""
        if frames is None:
            return self._judge(target, source)
        path = self._folder / f"{frames[0]:04d}_{frames[1]:04d}.npy"
        if path.is_file():
            return torch.from_numpy(np.load(path))
        flow = self._judge(target, source)
        partial = path.with_suffix(".partial.npy")
        np.save(partial, flow.numpy())
        partial.replace(path)
        return flow


def judge_of(clip: Clip, judge: str, out: Path) -> FlowMethod:
    """What the warp errors of a clip are measured with: its exact flow, or a stored judge's."""
    if clip.motion is not None:
        return ExactFlow(clip.motion)
    return StoredFlow(make_judge(judge), out / "judge" / f"{clip.name}_{clip.width}_{judge}")


def synthetic(
    folder: Path, name: str, width: int, frames: int, pan: bool, speed: float = 1.0
) -> Clip:
    """Draw a clip of known motion as a folder of pictures."""
    height = 2 * round(width * 9 / 32)
    motion = motion_clip(width, height, frames, pan=pan, speed=speed)
    path = folder / f"{name}_{width}_{frames}"
    path.mkdir(parents=True, exist_ok=True)
    for index in range(frames):
        picture = path / f"{index:04d}.png"
        if not picture.is_file():
            cv2.imwrite(str(picture), motion.frame(index)[..., ::-1])
    return Clip(name, path, width, frames, motion)


def make_clips(options: argparse.Namespace) -> list[Clip]:
    """The clips asked for, at the sizes and lengths asked for.

    Raises:
        SystemExit: there is no clip of that name, or its file is missing.
    """
    drawn = options.out / "synthetic"

    def size(width: int, frames: int) -> tuple[int, int]:
        return min(width, options.width or width), min(frames, options.frames or frames)

    def real(name: str, file: str, width: int, frames: int) -> Clip:
        return Clip(name, shared_file(options, "clips", file), *size(width, frames))

    makers: dict[str, Callable[[], Clip]] = {
        "sintel_alley_1": lambda: real("sintel_alley_1", "sintel_alley_1", 400, 10),
        "marple8": lambda: real("marple8", "marple8", 350, 5),
        "carphone": lambda: real("carphone", "carphone_pristine.mp4", 176, options.carphone_frames),
        "synthetic": lambda: synthetic(drawn, "synthetic", *size(320, 12), pan=False),
        "pan": lambda: synthetic(drawn, "pan", *size(320, 12), pan=True),
        # At 400 pixels a disc crosses by 20 a frame; the camera turns by 24 a frame.
        "fast": lambda: synthetic(drawn, "fast", *size(400, 16), pan=False, speed=2.5),
        "whip": lambda: synthetic(drawn, "whip", *size(400, 16), pan=True, speed=2.5),
    }
    unknown = [name for name in options.clips if name not in makers]
    if unknown:
        raise SystemExit(f"no clip {unknown}; there are {list(makers)}")
    return [makers[name]() for name in options.clips]
