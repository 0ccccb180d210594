"""Paint the project's own demo clip and style pictures.

    python scripts/demo/make.py
    python scripts/demo/make.py --out /tmp/demo --seed 2

Writes ``clip.mp4`` (36 frames, H.264, with a soft chord in AAC) and one JPEG for each style. No
file is read: everything is drawn from the seed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import cv2  # before av: their bundled libraries want this order
import numpy as np
from numpy.typing import NDArray

if not __package__:  # run as a script, from any folder
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scripts.common.options import make_parser
from scripts.common.paths import DEMO
from scripts.demo.scene import FRAMES, RATE, Scene
from scripts.demo.styles import PAINTERS

SAMPLE_RATE = 48_000
JPEG_QUALITY = 90


def chord(seconds: float) -> NDArray[np.float32]:
    """A soft pad chord (C major with the ninth), two channels, with a plucked arpeggio on top.

    Args:
        seconds: length of the sound.

    Returns:
        2×N float32 in [-1, 1], at SAMPLE_RATE.
    """
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    sound = np.zeros((2, len(time)))
    for index, note in enumerate((48, 55, 60, 64, 67, 74)):  # MIDI numbers
        hertz = 440 * 2 ** ((note - 69) / 12)
        for side, detune in enumerate((0.9985, 1.0015)):
            for overtone, level in ((1, 1.0), (2, 0.28), (3, 0.10)):
                sound[side] += level * np.sin(2 * np.pi * hertz * detune * overtone * time + index)
        since = np.clip(time - 0.18 * index, 0, None)
        sound += 0.9 * np.sin(4 * np.pi * hertz * since) * np.exp(-6 * since) * (since > 0)
    swell = np.clip(time / 0.15, 0, 1) * np.clip((seconds - time) / 0.4, 0, 1)
    return (0.3 * sound * swell / np.abs(sound).max()).astype(np.float32)


def write_clip(
    path: Path,
    frames: Iterable[NDArray[np.uint8]],
    rate: int = RATE,
    crf: int = 15,
) -> None:
    """Writes frames and the chord to an MP4 file, tagged and converted as BT.709, limited range.

    Args:
        path: the file to write.
        frames: H×W×3 uint8 RGB each, all of one even size.
        rate: frames a second.
        crf: x264's constant rate factor; smaller is finer.
    """
    import av
    from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

    pictures = list(frames)
    height, width = pictures[0].shape[:2]
    with av.open(str(path), "w") as container:
        options = {"crf": str(crf), "preset": "veryslow", "threads": "1"}
        video = container.add_stream("libx264", rate=rate, options=options)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        context = video.codec_context
        context.color_primaries = ColorPrimaries.BT709
        context.color_trc = ColorTrc.BT709
        context.colorspace = Colorspace.ITU709
        context.color_range = ColorRange.MPEG
        audio = container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo")
        audio.codec_context.bit_rate = 96_000
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame = frame.reformat(
                format="yuv420p",
                src_colorspace=Colorspace.ITU709,
                dst_colorspace=Colorspace.ITU709,
                src_color_range=ColorRange.JPEG,
                dst_color_range=ColorRange.MPEG,
            )
            frame.pts, frame.time_base = index, Fraction(1, rate)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        sound = chord(len(pictures) / rate)
        for start in range(0, sound.shape[1], 1024):
            part = np.ascontiguousarray(sound[:, start : start + 1024])
            block = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
            block.sample_rate, block.pts = SAMPLE_RATE, start
            block.time_base = Fraction(1, SAMPLE_RATE)
            container.mux(audio.encode(block))
        container.mux(audio.encode(None))


def write_picture(path: Path, picture: NDArray[np.uint8]) -> None:
    """Writes an RGB picture as a JPEG; full colour resolution keeps thin strokes clean."""
    settings = [
        cv2.IMWRITE_JPEG_QUALITY,
        JPEG_QUALITY,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    ]
    ok, data = cv2.imencode(".jpg", picture[..., ::-1], settings)
    if not ok:
        raise RuntimeError(f"cv2 could not encode {path}")
    path.write_bytes(data.tobytes())


def main(arguments: list[str] | None = None) -> None:
    """Regenerates every file of the demo."""
    parser = make_parser(__doc__)
    parser.add_argument("--out", type=Path, default=DEMO, help="folder to write to (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="what all texture is drawn from")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    scene = Scene(options.seed)
    write_clip(options.out / "clip.mp4", (scene.frame(index) for index in range(FRAMES)))
    for name, paint in PAINTERS.items():
        write_picture(options.out / f"{name}.jpg", paint(seed=options.seed))


if __name__ == "__main__":
    main()
