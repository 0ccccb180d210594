"""Makes the pictures of docs/how-it-works.md: each stage of one frame of the demo clip.

python scripts/docs/stage_pictures.py            # some minutes on a busy machine; to assets/docs

The flow is turned into pictures with the project's own drawing; two neighbouring frames are painted
by the command line, so that they are what a user gets.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from flowstyle.core.images import to_tensor  # noqa: E402
from flowstyle.flow.colours import radius_of  # noqa: E402
from flowstyle.flow.estimate import estimate_flow  # noqa: E402
from flowstyle.flow.masks import trust_masks  # noqa: E402
from flowstyle.flow.paint_warp import warp_paint  # noqa: E402
from flowstyle.media.pictures import read_picture  # noqa: E402
from flowstyle.media.probe import probe  # noqa: E402
from flowstyle.media.reader import read_frames  # noqa: E402
from flowstyle.report.layout import to_picture  # noqa: E402
from flowstyle.report.overlays import error_picture, flow_picture, mask_overlay  # noqa: E402

Picture = NDArray[np.uint8]

CLIP = ROOT / "assets" / "demo" / "clip.mp4"
WIDTH, HEIGHT = 320, 180
FIRST = 20
"""The earlier of the two frames, counted from 0: ball, gulls and pan uncover ground."""
LARGEST = 60_000
"""Bytes that one picture may have."""


def source_pair() -> tuple[torch.Tensor, torch.Tensor]:
    """The frame and the one before it, each 1×3×H×W in [0, 1]."""
    frames = read_frames(probe(CLIP), start=FIRST, count=2, size=(WIDTH, HEIGHT))
    before, now = (to_tensor(frame.image) for frame in frames)
    return now, before


def painted_pair(style: Path, folder: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """The same two frames as ``flowstyle run`` paints them."""
    out = folder / "painted"
    command = [sys.executable, "-m", "flowstyle", "run", CLIP, style, "-o", out, "--no-measure"]
    piece = ["--width", WIDTH, "--start-frame", FIRST, "--frames", 2, "--features", "compact"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([str(part) for part in command + piece], check=True, env=environment)
    before, now = (to_tensor(read_picture(path)) for path in sorted(out.glob("*.png")))
    return now, before


def framed(mask: torch.Tensor) -> Picture:
    """A mask with a grey frame: nearly white pictures are lost on a white page."""
    picture = to_picture(mask)
    return cv2.rectangle(picture, (0, 0), (WIDTH - 1, HEIGHT - 1), (150, 150, 150), 1)


def stages(style: Path, folder: Path) -> dict[str, Picture]:
    """Every picture by the name of its file."""
    now, before = source_pair()
    painted, painted_before = painted_pair(style, folder)
    backward, forward = estimate_flow(now, before, "dis")
    radius = max(radius_of(flow[0].numpy()) for flow in (backward, forward))
    masks = trust_masks(backward, forward, now, before)
    carried = warp_paint(painted_before, backward).clamp(0, 1)
    return {
        "frame-before.jpg": to_picture(before),
        "frame.jpg": to_picture(now),
        "flow-backward.png": flow_picture(backward, radius),
        "flow-forward.png": flow_picture(forward, radius),
        "mask-missed.png": framed(masks.missed),
        "mask-overshoot.png": framed(masks.overshoot),
        "mask-edges.png": framed(masks.edges),
        "trust.png": framed(masks.trust),
        "distrust.jpg": mask_overlay(now, masks),
        "painted-before.jpg": to_picture(painted_before),
        "carried.jpg": to_picture(carried),
        "start.jpg": to_picture(masks.trust * carried + (1 - masks.trust) * now),
        "painted.jpg": to_picture(painted),
        "warp-error.jpg": error_picture(carried, painted),
    }


def encoded(name: str, picture: Picture) -> bytes:
    """A picture as a file of at most :data:`LARGEST` bytes; a JPEG's quality falls to fit."""
    bgr = np.ascontiguousarray(picture[..., ::-1])
    if name.endswith(".png"):
        data = cv2.imencode(".png", bgr, [cv2.IMWRITE_PNG_COMPRESSION, 9])[1].tobytes()
        if len(data) > LARGEST:
            raise SystemExit(f"{name} has {len(data)} bytes; {LARGEST} are allowed")
        return data
    for quality in range(88, 40, -4):
        data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        if len(data) <= LARGEST // 2:
            return data
    raise SystemExit(f"{name} does not fit into {LARGEST // 2} bytes")


def main() -> None:
    """Paint, draw, and write what is new."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "assets" / "docs")
    parser.add_argument("--style", type=Path, default=ROOT / "assets" / "demo" / "candy.jpg")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        pictures = stages(options.style, Path(folder))
    total = 0
    for name, picture in pictures.items():
        data = encoded(name, picture)
        (options.out / name).write_bytes(data)
        total += len(data)
    print(f"{len(pictures)} pictures, {total} bytes, in {options.out}")


if __name__ == "__main__":
    main()
