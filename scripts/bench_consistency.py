"""How much each ingredient of consistency brings: the ablation, on clips that move.

    python scripts/bench_consistency.py --out bench --shared ../shared
    python scripts/bench_consistency.py --out quick --frames 6 --width 200 --effort 0.3 \
        --rows independent,warped,temporal,default --clips sintel_alley_1,synthetic
    python scripts/bench_consistency.py --out bench --row "strong=default,temporal_weight=800"

Every row is rendered on every clip in every style into ``--out`` and measured by
``flowstyle.evaluate``. The judge is TV-L1, for the synthetic clips their exact flow. A row that is
done is not rendered again, an interrupted one goes on where it stopped; a row with other
settings is another row. ``--restart`` makes all again, for instance after a change of the code.
Results: ``results.json`` and ``results.md`` in ``--out``, the tables also on stdout.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from consistency_tables import write_tables  # noqa: E402

from flowstyle.features.select import select_features  # noqa: E402
from flowstyle.flow.protocol import Flow  # noqa: E402
from flowstyle.metrics.evaluation import evaluate  # noqa: E402
from flowstyle.metrics.judge import make_judge  # noqa: E402
from flowstyle.pipeline import Output, stylize_video  # noqa: E402
from flowstyle.settings import load_settings  # noqa: E402
from flowstyle.version import __version__  # noqa: E402
from tests.helpers.motion import MotionClip, motion_clip  # noqa: E402

CHAIN: dict[str, Any] = {
    "sweeps": 0,
    "lock_static": False,
    "hold_colors": False,
    "fill_iterations": 0,
    "keyframe_share": 0.0,
}
ALONE: dict[str, Any] = {**CHAIN, "temporal_weight": 0.0, "long_term": ()}

ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "noise": ("independent", {"first_start": "noise"}),
    "independent": ("independent", {}),
    "previous": ("default", {**ALONE, "start": "previous"}),
    "warped": ("default", {**ALONE, "start": "warped"}),
    "temporal": ("default", {**CHAIN, "start": "warped", "long_term": ()}),
    "long-term": ("default", {**CHAIN, "start": "warped", "long_term": (1, 10, 20, 40)}),
    "multipass": ("multipass", {}),
    "default": ("default", {}),
}
"""Preset and changes. From ``noise`` and ``independent`` (frame by frame, from noise and from the
content) to ``long-term`` each row adds one ingredient, as in Ruder's table."""

SHORT = 5  # frames of a distance that short clips have, for the row with long-term terms


@dataclass(frozen=True)
class Clip:
    """A clip of the benchmark; ``motion`` holds the exact flow where it is known."""

    name: str
    path: Path
    width: int
    frames: int
    motion: MotionClip | None = None


class ExactFlow:
    """The flow that a synthetic clip was made with."""

    name = "exact"

    def __init__(self, motion: MotionClip) -> None:
        self._motion = motion

    def __call__(
        self, target: Tensor, source: Tensor, frames: tuple[int, int] | None = None
    ) -> Tensor:
        """The exact flow between frames (target, source)."""
        if frames is None:
            raise ValueError("exact flow is known by frame numbers only")
        return torch.from_numpy(self._motion.flow(*frames))[None]


class StoredFlow:
    """A judge that keeps its flows on disk: all rows of a clip are judged by the same flow."""

    def __init__(self, judge: Flow, folder: Path) -> None:
        self.name = judge.name
        self._judge = judge
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def __call__(
        self, target: Tensor, source: Tensor, frames: tuple[int, int] | None = None
    ) -> Tensor:
        """The flow between frames (target, source), computed once."""
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


def synthetic(folder: Path, name: str, width: int, frames: int, pan: bool) -> Clip:
    """Draw a clip of known motion as a folder of pictures."""
    height = 2 * round(width * 9 / 32)
    motion = motion_clip(width, height, frames, pan=pan)
    path = folder / f"{name}_{width}_{frames}"
    path.mkdir(parents=True, exist_ok=True)
    for index in range(frames):
        picture = path / f"{index:04d}.png"
        if not picture.is_file():
            cv2.imwrite(str(picture), motion.frame(index)[..., ::-1])
    return Clip(name, path, width, frames, motion)


def make_clips(options: argparse.Namespace) -> list[Clip]:
    """The clips asked for, at the sizes and lengths asked for."""
    shared, drawn = options.shared / "clips", options.out / "synthetic"

    def size(width: int, frames: int) -> tuple[int, int]:
        return min(width, options.width or width), min(frames, options.frames or frames)

    makers: dict[str, Callable[[], Clip]] = {
        "sintel_alley_1": lambda: Clip("sintel_alley_1", shared / "sintel_alley_1", *size(400, 10)),
        "marple8": lambda: Clip("marple8", shared / "marple8", *size(350, 5)),
        "carphone": lambda: Clip(
            "carphone", shared / "carphone_pristine.mp4", *size(176, options.carphone_frames)
        ),
        "synthetic": lambda: synthetic(drawn, "synthetic", *size(320, 12), pan=False),
        "pan": lambda: synthetic(drawn, "pan", *size(320, 12), pan=True),
    }
    unknown = [name for name in options.clips if name not in makers]
    if unknown:
        raise SystemExit(f"no clip {unknown}; there are {list(makers)}")
    return [makers[name]() for name in options.clips]


def parse_row(text: str) -> tuple[str, tuple[str, dict[str, Any]]]:
    """``NAME=PRESET[,key=value…]`` → name, preset and changes; values are JSON or bare words."""
    head, *changes = re.split(r",(?=\w+=)", text)  # commas within a value stay
    name, preset = head.split("=", 1)
    values: dict[str, Any] = {}
    for change in changes:
        key, value = change.split("=", 1)
        try:
            values[key] = json.loads(value)
        except ValueError:
            values[key] = value
    return name, (preset, values)


def run_row(clip: Clip, style: Path, row: str, options: argparse.Namespace) -> dict[str, Any]:
    """Render and measure one row on one clip in one style, or read what was measured before."""
    preset, changes = options.table[row]
    effort = options.effort * (options.ruder_effort if preset in ("ruder", "multipass") else 1)
    given = {
        "width": clip.width,
        "frames": clip.frames,
        "features": options.features,
        "weights": options.weights,
        "effort": effort,
        "device": options.device,
        **changes,
    }
    if row == "long-term" and clip.frames <= 10:
        given["long_term"] = (1, SHORT)
    settings = load_settings(given, preset=preset)
    key = hashlib.sha256(settings.model_dump_json().encode()).hexdigest()[:8]
    folder = options.out / f"{clip.name}_{style.stem}"
    folder.mkdir(parents=True, exist_ok=True)
    result = folder / f"{row}-{key}.json"
    if result.is_file() and not options.restart:
        return dict(json.loads(result.read_text()))

    pictures = folder / f"{row}-{key}"
    began = time.monotonic()
    seconds = 0.0
    if options.restart or not pictures.is_dir():
        rendered = stylize_video(
            clip.path, [style], settings,
            Output(path=pictures, overwrite=True, restart=options.restart, measure=False),
        )  # fmt: skip
        seconds = rendered.seconds / rendered.frames
    judge: Flow = (
        ExactFlow(clip.motion)
        if clip.motion is not None
        else StoredFlow(
            make_judge(options.judge),
            options.out / "judge" / f"{clip.name}_{clip.width}_{options.judge}",
        )
    )
    figures = evaluate(
        clip.path, pictures, style=style, style_scale=settings.style_scale,
        network=options.network, judge=judge, count=clip.frames,
    )  # fmt: skip
    measured = {
        "row": row,
        "clip": clip.name,
        "style_picture": style.stem,
        "seconds_per_frame": seconds,
        "settings": settings.model_dump(mode="json"),
        "version": __version__,
        **figures.as_dict(),
    }
    result.write_text(json.dumps(measured, default=str))
    took = time.monotonic() - began
    print(f"{clip.name} {style.stem} {row}: {took:.0f} s", file=sys.stderr, flush=True)
    return measured


def parse() -> argparse.Namespace:
    """The command line, with ``table`` (all rows known) and ``network`` (of the judge) added."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    names = ["sintel_alley_1", "marple8", "carphone", "synthetic"]
    add("--out", type=Path, required=True, help="folder for renders and results")
    add("--shared", type=Path, default=ROOT / ".." / "shared", help="clips/ and styles/ lie there")
    add("--clips", type=lambda t: t.split(","), default=names, help="also: pan")
    add("--rows", type=lambda t: t.split(","), default=list(ROWS), help="of " + ", ".join(ROWS))
    add("--row", action="append", default=[], help="another row: NAME=PRESET,key=value,...")
    add("--style", action="append", type=Path, default=[], help="style picture; may be repeated")
    add("--width", type=int, help="largest width")
    add("--frames", type=int, help="largest number of frames")
    add("--carphone-frames", type=int, default=30, help="the whole clip has 120")
    add("--effort", type=float, default=1.0, help="factor on all iterations")
    add("--ruder-effort", type=float, default=0.1, help="further factor for ruder and multipass")
    add("--features", default="compact", help="of the renders")
    add("--weights", type=Path, help="VGG19 weights of the renders")
    add("--judge", default="tvl1", help="flow of the judge: tvl1, farneback, raft or dis")
    add("--judge-weights", type=Path, help="VGG19 weights that measure style; else compact")
    add("--device", default="auto", help="where renders are optimised")
    add("--restart", action="store_true", help="make everything again")
    options = parser.parse_args()
    extra = dict(parse_row(text) for text in options.row)
    options.table = {**ROWS, **extra}
    options.rows = [*(row for row in options.rows if row), *extra]
    unknown = [row for row in options.rows if row not in options.table]
    if unknown:
        parser.error(f"no row {unknown}; there are {list(options.table)}")
    options.style = options.style or [options.shared / "styles" / "candy.jpg"]
    options.network = select_features(
        "vgg19" if options.judge_weights else "compact", weights=options.judge_weights
    )
    return options


def main() -> None:
    """Run the rows and write the tables after each of them."""
    options = parse()
    options.out.mkdir(parents=True, exist_ok=True)
    meta = {
        "version": __version__,
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "machine": platform.processor() or platform.machine(),
        "judge": options.judge,
        "style measured by": options.network.name,
        "features": options.features,
        "effort": options.effort,
        "effort of ruder and multipass": options.effort * options.ruder_effort,
        "styles": [style.stem for style in options.style],
    }
    results: list[dict[str, Any]] = []
    text = ""
    for clip in make_clips(options):
        for style in options.style:
            for row in options.rows:
                results.append(run_row(clip, style, row, options))
                text = write_tables(options.out, results, meta, options.rows)
    print(text)


if __name__ == "__main__":
    main()
