"""Writes docs/sound.md: what becomes of each sound in each kind of file, measured by a beep.

python scripts/docs/sound_matrix.py --write
python scripts/docs/sound_matrix.py              # print it
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from flowstyle.core.events import Event, Notice  # noqa: E402
from flowstyle.media import open_writer, probe, read_frames  # noqa: E402
from flowstyle.media.carried import plan_carried  # noqa: E402
from flowstyle.media.containers import MUXERS  # noqa: E402
from scripts.common.beep import LAYOUTS, SOURCES, find_beep, write_beep  # noqa: E402
from scripts.common.results import table  # noqa: E402

PAGE = ROOT / "docs" / "sound.md"
OUTPUTS = (*MUXERS, ".gif")

HEAD = """\
# Sound, and what else a clip carries

<!-- Made by scripts/docs/sound_matrix.py; do not edit. -->

Before anything is painted, `flowstyle run` says what becomes of the sound. Each track is
**copied** where the kind of file takes its packets, which is tried with the first of them; else
it is **encoded**: AAC in MP4, MOV, M4V and MKV, Opus in WebM, FLAC in NUT, with the layout of its
channels and a rate that the codec has; else it is **left out**, and the message names it.
Offsets, gaps, default tracks, titles and languages stay, also in a piece (`--start-frame`,
`--frames`).

```sh
flowstyle run clip.mp4 style.jpg                           # copied where it fits, else encoded
flowstyle run clip.mp4 style.jpg --audio encode -o a.mp4   # always encoded
flowstyle run clip.mp4 style.jpg --audio none -o b.mp4     # no sound
flowstyle run clip.mp4 style.jpg --audio copy -o c.webm    # exit code 12
```

Chapters, subtitles, time code, tags, creation time and place are kept where the kind of file
holds them. Subtitles of text are copied, else written in the kind that the file has (mov_text in
MP4, MOV and M4V, subrip in MKV, webvtt in WebM), with what is slanted or bold; places and fonts
may be lost. In MP4, MOV and M4V FFmpeg flags the first subtitles as shown where none are. The 360°
flag goes into MP4, MOV, MKV and WebM. What is not kept is listed in one line at the start:
`not kept: subtitles 3 (hdmv_pgs_subtitle, fra), closed captions`. The time code of a
piece is that of its first frame.

## Every codec in every kind of file

Each cell was made by `scripts/docs/sound_matrix.py`: a clip with a beep half a second after its
first picture goes through the writer; the number is by how many milliseconds the beep has moved
against the source, as FFmpeg decodes both. "–": there is no such source, since FFmpeg's encoder
does not take the layout.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    with tempfile.TemporaryDirectory() as folder:
        for layout in LAYOUTS:
            rows = [(name, *_cells(Path(folder), name, layout)) for name in SOURCES]
            parts.append(f"### {layout}\n\n{table(('source', *OUTPUTS), rows)}\n")
    return "\n".join(parts).rstrip("\n") + "\n"


def _cells(folder: Path, name: str, layout: str) -> list[str]:
    """What becomes of one source in each kind of file."""
    encoder, suffix = SOURCES[name]
    for each in ("5.1(side)", "5.1") if layout == "5.1" else (layout,):
        source = folder / f"{name} {each}{suffix}"
        try:
            beep = find_beep(write_beep(source, encoder, each))
        except ValueError:
            continue
        return [_cell(source, beep, output) for output in OUTPUTS]
    return ["–"] * len(OUTPUTS)


def _cell(source: Path, beep: float, suffix: str) -> str:
    info, out = probe(source), source.with_name(f"out{suffix}")
    carried = plan_carried(info, out)
    (sound,) = carried.sound
    if not sound.kept:
        return "left out, said"
    events: list[Event] = []
    with open_writer(out, info, carried=carried, overwrite=True, report=events.append) as writer:
        for frame in read_frames(info, count=2):
            writer.write(frame)
    moved = 1000 * (find_beep(out) - beep)
    what = "copied" if sound.encoding is None else f"{sound.encoding.name} {sound.encoding.layout}"
    wrong = "" if abs(moved) < 5 and not any(isinstance(e, Notice) for e in events) else " (!)"
    return f"{what} {moved:+.1f}{wrong}".replace("-", "−").replace("+0.0", "0").replace("−0.0", "0")


def main() -> int:
    """Print or write the page; 1 where a sound is out of step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/sound.md")
    text = page()
    if parser.parse_args().write:
        PAGE.write_text(text, encoding="utf-8")
    else:
        print(text)
    return int("(!)" in text)


if __name__ == "__main__":
    sys.exit(main())
