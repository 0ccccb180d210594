"""Digests of every frame of ten small renders: what a rebuilding of the rooms must not change.

    python scripts/stress/render_digests.py --out /tmp/digests

Each render goes through the command line at 128 pixels on one thread; ``digests.json`` in ``--out``
maps it to the SHA-256 of the pixels of every frame in its work folder and of every picture that it
wrote. With
``--against OTHER.json`` the script ends with 1 if one differs.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

if not __package__:  # run as a script, from any folder
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scripts.common.options import add_out, make_out, make_parser
from scripts.common.paths import DEMO, ROOT

RENDERS: dict[str, list[str]] = {
    "default": ["--frames", "20"],
    "draft": ["--preset", "draft", "--frames", "8"],
    "independent": ["--preset", "independent", "--frames", "3"],
    "ruder": ["--preset", "ruder", "--effort", "0.01", "--frames", "5"],
    "multipass": ["--preset", "multipass", "--effort", "0.05", "--frames", "3"],
    "sweeps": ["--sweeps", "2", "--frames", "5"],
    "long-term": ["--long-term", "1,2,4", "--frames", "6"],
    "original-colors": ["--original-colors", "--frames", "3"],
    "cut": [],
    "image": [],
}


def cut_clip(folder: Path) -> Path:
    """Ten pictures with a cut: five frames of the demo clip, then their negatives, upside down."""
    import cv2
    import numpy as np

    import av  # isort: skip - after cv2

    folder.mkdir(exist_ok=True)
    with av.open(str(DEMO / "clip.mp4")) as container:
        first = islice(container.decode(video=0), 5)
        frames = [frame.to_ndarray(format="bgr24") for frame in first]
    turned = [255 - np.ascontiguousarray(frame[::-1]) for frame in frames]
    for number, frame in enumerate([*frames, *turned]):
        cv2.imwrite(str(folder / f"{number:03d}.png"), frame)
    return folder


def command(name: str, out: Path) -> list[str]:
    """The words after ``flowstyle`` of one render."""
    styles = [str(DEMO / "night.jpg")]
    usual = ["--width", "128", "--device", "cpu", "--features", "compact", "--precision", "fp32"]
    if name == "image":
        photo = cut_clip(out / "cut-clip") / "000.png"
        both = [str(photo), *styles, str(DEMO / "candy.jpg")]
        return ["image", *both, "-o", str(out / "image.png"), *usual, *RENDERS[name]]
    clip = cut_clip(out / "cut-clip") if name == "cut" else DEMO / "clip.mp4"
    words = ["run", str(clip), *styles, "-o", str(out / name), "--no-measure"]
    return [*words, *usual, *RENDERS[name]]


def digests(name: str, out: Path) -> dict[str, str]:
    """SHA-256 of all that a render kept and wrote, by name."""
    if name == "image":
        files = [out / "image.png"]
    else:
        kept = out / f"{name}.flowstyle"
        files = sorted((out / name).glob("*.png")) + sorted(kept.glob("stylised/*.png"))
    return {str(path.relative_to(out)): pixels_digest(path) for path in files}


def pixels_digest(path: Path) -> str:
    """SHA-256 of a picture's pixels; a file may also hold the time at which it was written."""
    import cv2

    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    return hashlib.sha256(f"{pixels.shape} {pixels.dtype}".encode() + pixels.tobytes()).hexdigest()


def render(name: str, out: Path) -> dict[str, str]:
    """Make one render in ``out``; its digests."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "flowstyle", *command(name, out), "--quiet"]
    subprocess.run(words, check=True, env=environment, cwd=out)
    return digests(name, out)


def main() -> None:
    """Render, hash, compare."""
    parser = make_parser(__doc__)
    add_out(parser)
    parser.add_argument("--against", type=Path, help="digests.json of an earlier run")
    parser.add_argument("--only", nargs="+", default=list(RENDERS), help="names of renders")
    options = parser.parse_args()
    out = make_out(options)
    found: dict[str, dict[str, str]] = {}
    for name in options.only:
        began = time.monotonic()
        found[name] = render(name, out)
        print(f"{name}: {len(found[name])} files, {time.monotonic() - began:.1f} s", flush=True)
    (out / "digests.json").write_text(json.dumps(found, indent=1))
    if options.against is None:
        return
    expected = json.loads(options.against.read_text())
    differ = [name for name in found if found[name] != expected[name]]
    print(f"other bytes: {', '.join(differ)}" if differ else "all bytes as before")
    sys.exit(bool(differ))


if __name__ == "__main__":
    main()
