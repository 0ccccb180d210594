"""Renders real clips with ``default`` and ``independent`` and tells how they compare.

    python scripts/bench_clips.py --shared ../shared --out bench --styles candy starry_night

For each clip and style: seconds a frame, warp error by a judge whose flow is not the render's, as
ratio to the preset ``independent`` and to the source's own, style distance against
``independent``, last frame against first, drift of the mean colour, and whether frame times and
audio packets are the source's. A contact sheet of frames 0, 1, middle and last goes beside them.
A render that is done is not made again.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from flowstyle.features.select import select_features  # noqa: E402
from flowstyle.media.pictures import write_picture  # noqa: E402
from flowstyle.media.probe import probe  # noqa: E402
from flowstyle.media.reader import read_frames  # noqa: E402
from flowstyle.metrics.evaluation import evaluate  # noqa: E402
from flowstyle.pipeline import Output, stylize_video  # noqa: E402
from flowstyle.report.layout import contact_sheet  # noqa: E402
from flowstyle.settings import load_settings  # noqa: E402
from tests.helpers.compare import facts  # noqa: E402


@dataclass(frozen=True)
class Clip:
    """A clip, the size and the number of frames it is rendered at."""

    name: str
    path: str
    width: int | None = None
    frames: int | None = None


CLIPS = (
    Clip("bigbuckbunny", "bigbuckbunny.mp4", 426, 24),
    Clip("sintel_alley_1", "sintel_alley_1", 512),
    Clip("marple8", "marple8"),
    Clip("carphone", "carphone_pristine.mp4"),
)


def render(clip: Clip, style: Path, preset: str, options: argparse.Namespace) -> dict[str, Any]:
    """Render one clip and measure it; kept in a JSON file beside the result."""
    source = options.shared / "clips" / clip.path
    out = options.out / f"{clip.name}_{style.stem}_{preset}.mp4"
    kept = out.with_suffix(".json")
    if kept.is_file():
        known: dict[str, Any] = json.loads(kept.read_text())
        return known
    frames = options.independent_frames if preset == "independent" else clip.frames
    if frames is not None and clip.frames is not None:
        frames = min(frames, clip.frames)
    settings = load_settings(
        {"width": clip.width, "frames": frames, "features": "compact"}, preset=preset
    )
    done = stylize_video(source, [style], settings, Output(path=out, overwrite=True, measure=False))
    figures = evaluate(
        source,
        out,
        style=style,
        network=options.network,
        count=done.frames,
        judge=options.judge,
    )
    row = {**figures.as_dict(), "seconds": done.seconds / done.frames, "size": done.size}
    if not probe(source).is_folder:
        had, has = facts(source), facts(out)
        count = done.frames
        row["times_kept"] = [t - has.times[0] for t in has.times] == [
            t - had.times[0] for t in had.times[:count]
        ]
        row["audio_kept"] = all(
            mine[1] == theirs[1][: len(mine[1])]
            for mine, theirs in zip(has.audio, had.audio, strict=True)
        )
        row["audio_packets"] = sum(len(track[1]) for track in has.audio)
    kept.write_text(json.dumps(row, default=str))
    return row


def sheet(clip: Clip, style: Path, options: argparse.Namespace) -> None:
    """Frames 0, 1, middle and last of the source and of the result."""
    source = options.shared / "clips" / clip.path
    out = options.out / f"{clip.name}_{style.stem}_default.mp4"
    styled = [frame.image for frame in read_frames(probe(out))]
    height, width = styled[0].shape[:2]
    picked = sorted({0, 1, len(styled) // 2, len(styled) - 1})
    plain = [
        frame.image for frame in read_frames(probe(source), count=len(styled), size=(width, height))
    ]
    pictures = [plain[i] for i in picked] + [styled[i] for i in picked]
    names = [f"source {i}" for i in picked] + [f"styled {i}" for i in picked]
    write_picture(
        options.out / f"{clip.name}_{style.stem}.png",
        contact_sheet(pictures, names, columns=len(picked)),
        overwrite=True,
    )


def line(clip: Clip, style: Path, ours: dict[str, Any], alone: dict[str, Any]) -> str:
    """One row of the table."""
    warp, other = ours["warp_error"], alone["warp_error"]
    drift = max(abs(v) for v in ours["drift"]["rgb_change"])
    kept = {True: "yes", False: "NO", None: "-"}
    cells = [
        f"{clip.name} {ours['size'][0]}×{ours['size'][1]}",
        style.stem,
        str(ours["frames"]),
        f"{ours['seconds']:.2f}",
        f"{warp['value'] / other['value']:.3f}",
        f"{warp['ratio']:.2f}",
        f"{ours['style_mean']:.4f} / {alone['style_mean']:.4f}",
        f"{ours['style_last_over_first']:.2f}",
        f"{drift:.1f}",
        f"{ours['sharpness']['ratio'] / alone['sharpness']['ratio']:.2f}",
        kept[ours.get("times_kept")] + " / " + kept[ours.get("audio_kept")],
    ]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Render, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--shared", type=Path, default=ROOT / ".." / "shared")
    add("--out", type=Path, required=True)
    add("--styles", nargs="+", default=["candy", "starry_night"])
    add("--clips", nargs="+", default=[clip.name for clip in CLIPS])
    add("--judge", default="tvl1")
    add("--judge-weights", type=Path, help="VGG19 weights that measure style; else compact")
    add("--independent-frames", type=int, help="shorten the renders of the baseline")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    options.network = select_features(
        "vgg19" if options.judge_weights else "compact", weights=options.judge_weights
    )
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, judge {options.judge}\n")
    head = ["clip", "style", "frames", "s/frame", "E_warp / independent", "E_warp / source"]
    head += [
        "style ours / independent",
        "style last/first",
        "drift ×255",
        "sharpness / independent",
        "times / audio kept",
    ]
    print("| " + " | ".join(head) + " |\n|" + " --- |" * len(head), flush=True)
    for clip in (clip for clip in CLIPS if clip.name in options.clips):
        for style in (options.shared / "styles" / f"{name}.jpg" for name in options.styles):
            ours = render(clip, style, "default", options)
            sheet(clip, style, options)
            print(line(clip, style, ours, render(clip, style, "independent", options)), flush=True)


if __name__ == "__main__":
    main()
