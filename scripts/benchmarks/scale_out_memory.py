"""What the process that takes over the frames of workers holds in memory, frame after frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2

from flowstyle.core.events import Event, FrameReady
from flowstyle.core.threads import Threads
from flowstyle.pipeline import stylize_video
from flowstyle.render.result import Output
from flowstyle.settings import load_settings
from scripts.common.motion import motion_clip
from scripts.stress.memory_growth import resident_bytes

SHOTS = 12
EVERY = 100
"""Frames between two looks."""


def memory(folder: Path, style: Path, frames: int) -> list[dict[str, Any]]:
    """Paint a small clip by two workers.

    Args:
        folder: for clip and render.
        style: picture.
        frames: of the clip.

    Returns:
        Number of frames that were taken over, and bytes held then.
    """
    clip = folder / f"small{frames}"
    clip.mkdir(exist_ok=True)
    pictures = motion_clip(64, 36, 12, speed=0.5).frames
    for index in range(frames):
        cv2.imwrite(str(clip / f"{index:05d}.png"), pictures[index % len(pictures)][..., ::-1])
    shots = folder / f"small{frames}.csv"
    shots.write_text("".join(f"{frames * shot // SHOTS}\n" for shot in range(SHOTS)))
    quick = {"first_iterations": 1, "iterations": 1, "fill_iterations": 0, "shots": shots}
    settings = load_settings({"features": "compact", **quick}, preset="draft")
    found: list[dict[str, Any]] = []
    done = 0

    def watch(event: Event) -> None:
        nonlocal done
        if isinstance(event, FrameReady):
            done += 1
            if done % EVERY == 0:
                found.append({"frames": done, "bytes": resident_bytes()})
                print(found[-1], flush=True)

    output = Output(
        folder / "small.mp4", measure=False, overwrite=True, restart=True, workers=2, report=False
    )
    with Threads(1, 1).used():
        stylize_video(clip, [style], settings, output, report=watch)
    return found
