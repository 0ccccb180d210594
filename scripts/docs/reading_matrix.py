"""Writes docs/reading.md: what is read of every kind of file, beside FFmpeg's own reading.

python scripts/docs/reading_matrix.py --write     # or --check
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from flowstyle.media import probe, read_frames  # noqa: E402
from scripts.common.reading_cases import (  # noqa: E402
    CONTAINERS,
    Case,
    Reading,
    cases,
    ffmpeg_reading,
    grey,
    write_case,
)

PAGE = ROOT / "docs" / "reading.md"

HEAD = """# What is read

Written by `scripts/docs/reading_matrix.py`. Each clip has 12 frames, 25 a second. It is read by the
program and by FFmpeg alone (PyAV's `container.decode`), and compared: number of frames, each
frame's time from the first one on (within 2 ms), first and last picture. "ok" means that all agree.
B means B-frames. The rows say where the sound stands in the file: a decoder must be drained
wherever its stream stands.

"""

RULES = """
## Rules

- **Which stream.** Attached pictures and thumbnails are no clip, nor is a single picture beside a
  moving one. The stream that the file calls its default is read, else the largest; where there are
  several, a line says which. `--stream N` takes another, by its index in the file.
- **Times** begin at 0. Broadcast streams (TS, PS) begin with the first picture that can be decoded;
  where their clock jumps, the picture goes on without a gap. Where the picture alone pauses while
  the sound runs on, or sound, data or subtitles do, nothing jumps. In other files a picture that
  comes later than the sound stays late. Times that a file has rounded (Matroska and FLV keep
  milliseconds) while its frames are even are written even again to MP4, MOV and NUT, where every
  one is within a tick of the file's clock.
- **Interlaced frames** become whole ones, one for each pair of fields, from the first frame that is
  marked as interlaced; a file that calls itself progressive while its first frame is so marked is
  believed. Where a codec's frames carry no mark (PNG, Animation, MJPEG) the file decides.
- **Edit lists** of MP4 and MOV are followed. One that lasts for no time, which would leave nothing
  of the picture, is left aside, and that is said.
- **AVI and MXF** may number frames as they are decoded. The frames then get the times in order.
- **Cropping** told by the container (MOV `clap`, Matroska `PixelCrop`) is applied.
- **Pixels that are not square** keep their shape where the output can declare it. GIF, WebP,
  NUT and pictures cannot: there the picture is stretched to the shape in which it is displayed.
- **Colour.** The tags decide. An untagged clip is BT.709 from 1280 columns or more than 576 lines
  on, else BT.601. PQ and HLG are refused, whether the header or the first picture tells
  them, and so is Dolby Vision of profile 5, or 10 (AV1), that declares no compatible picture; other
  Dolby Vision is read by its tags. A bare stream (.hevc) does not declare Dolby Vision.
- **Numbers** of a folder's pictures count: `f9.png` comes before `f10.png`, and `-0001.png` is
  below 0 where `0000.png` is there too, which is said.
- **Pictures** of a folder are turned by their EXIF orientation, TIFF too, and so are clips whose
  frames carry EXIF (MJPEG, PNG, TIFF). Those with an ICC profile of other colours than sRGB's are
  converted to sRGB, with 8 bits, and that is said.
- **AVIF** is read like PNG and JPEG, as a style, a photograph and a frame of a folder (which keeps
  10 and 12 bits), where Pillow is 11.3 or later and built with it. It is turned by its own boxes,
  not by EXIF; PQ and HLG are refused. An animated one is a clip. HEIC is not read, and neither is
  written.
"""

ROWS = {"none": "no sound", "after": "picture first", "before": "sound first"}


def own_reading(path: Path) -> Reading:
    """A clip as the program reads it."""
    info = probe(path)
    frames = list(read_frames(info))
    base = info.time_base
    times = tuple((frame.pts - frames[0].pts) * base for frame in frames)
    return Reading(times, grey(frames[0].image), grey(frames[-1].image))


def outcome(folder: Path, case: Case) -> str:
    """What differs, or "ok" for nothing."""
    path = write_case(folder, case)
    return own_reading(path).differs_from(ffmpeg_reading(path)) or "ok"


def page(folder: Path) -> str:
    """The whole document.

    Args:
        folder: an empty one.
    """
    found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for case in cases():
        codec = case.codec.removeprefix("lib") + (" B" if case.b_frames else "")
        found[case.suffix, codec][case.sound] = outcome(folder, case)
    lines = [
        "| file | codec | " + " | ".join(ROWS.values()) + " |",
        "| --- " * (2 + len(ROWS)) + "|",
    ]
    for (suffix, codec), results in found.items():
        cells = [results.get(order, "–") for order in ROWS]
        lines.append(f"| .{suffix} | {codec} | {' | '.join(cells)} |")
    total = sum(len(results) for results in found.values())
    good = sum(cell == "ok" for results in found.values() for cell in results.values())
    summary = f"{good} of {total} clips of {len(CONTAINERS)} kinds of file are read as they are.\n"
    return HEAD + summary + "\n" + "\n".join(lines) + "\n" + RULES


def main() -> int:
    """Write the page, or compare it with what stands there."""
    parser = argparse.ArgumentParser(description=__doc__)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--write", action="store_true", help="write docs/reading.md")
    mode.add_argument("--check", action="store_true", help="exit 1 if it is not as it would be")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        text = page(Path(folder))
    if given.write:
        PAGE.write_text(text)
        return 0
    return int(PAGE.read_text() != text)


if __name__ == "__main__":
    sys.exit(main())
