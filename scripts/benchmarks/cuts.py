"""Try cut detection on clips with known cuts, beside PySceneDetect's detectors.

    python scripts/benchmarks/cuts.py --out cuts --write

Clips of every kind are painted from nothing or joined from pieces of the demo clip, see
``cuts_clips.py``. PySceneDetect's content and adaptive detectors get the same frames, from
lossless videos, in an environment of their own that is made in the folder ``--out`` (they need
another OpenCV package; about 200 MB are fetched); ``--alone`` leaves them out. ``--write`` puts the
table into ``docs/cuts.md``. All detectors run with their defaults; every shot is longer than the
shortest that PySceneDetect lets stand.

A hard cut counts as found at its own frame only, a dissolve or a fade anywhere within its passage;
whatever else is reported is false.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import venv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if not __package__:  # run as a script, from any folder
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import cv2
import numpy as np

from flowstyle.media.shots import CutDetector
from scripts.benchmarks.cuts_clips import COUNTS, MAKERS, Change, Clip, all_clips
from scripts.common import options as common
from scripts.common.paths import ROOT
from scripts.common.results import described, metadata, table, write_json, write_measured

import av  # isort: skip - after cv2

PAGE = ROOT / "docs" / "cuts.md"
OWN = "flowstyle"
PEERS = ("adaptive", "content")
_PEER = """
import json, sys
from scenedetect import AdaptiveDetector, ContentDetector, detect
kinds = {"adaptive": AdaptiveDetector, "content": ContentDetector}
found = {}
for path in json.load(sys.stdin):
    found[path] = {}
    for name, kind in kinds.items():
        scenes = detect(path, kind())
        found[path][name] = [start.frame_num for start, _ in scenes[1:]]
json.dump(found, sys.stdout)
"""


@dataclass
class Score:
    """What a detector made of some clips."""

    found: int = 0
    missed: int = 0
    false: int = 0

    def __add__(self, other: Score) -> Score:
        """Both together."""
        return Score(self.found + other.found, self.missed + other.missed, self.false + other.false)

    @property
    def recall(self) -> float | None:
        """Part of the changes that were found; None without any."""
        total = self.found + self.missed
        return self.found / total if total else None

    @property
    def precision(self) -> float | None:
        """Part of what was reported that is right; None where nothing was."""
        total = self.found + self.false
        return self.found / total if total else None


def score(changes: Sequence[Change], cuts: Iterable[int]) -> Score:
    """Compare cuts with what a clip holds; a change is found once."""
    left = sorted(cuts)
    result = Score()
    for change in changes:
        hit = next((cut for cut in left if change.first <= cut <= change.last), None)
        if hit is None:
            result.missed += 1
        else:
            result.found += 1
            left.remove(hit)
    result.false = len(left)
    return result


def own_cuts(clip: Clip) -> list[int]:
    """Cuts that this project's detector finds."""
    detector = CutDetector()
    cuts = [cut for k, image in enumerate(clip.frames) for cut in detector.push(k, image)]
    return cuts + detector.flush()


def milliseconds(size: tuple[int, int] = (1280, 720)) -> float:
    """Processor time of a frame of a calm and a hurried clip that are scaled to a size."""
    cv2.setNumThreads(1)
    total, count = 0.0, 0
    for clip in all_clips({"plain": 1, "hurried": 1, "dissolve": 1}):
        images = [cv2.resize(image, size) for image in clip.frames[:40]]
        detector, began = CutDetector(), time.process_time()
        for k, image in enumerate(images):
            detector.push(k, image)
        total, count = total + time.process_time() - began, count + len(images)
    return 1000 * total / count


def write_lossless(clip: Clip, path: Path) -> Path:
    """Frames as a video that holds them exactly."""
    height, width = clip.frames[0].shape[:2]
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = width, height, "bgr0"
        for image in clip.frames:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def peer_python(folder: Path) -> Path:
    """The interpreter of an environment that holds PySceneDetect."""
    python = folder / "bin" / "python"
    if not python.exists():
        print("making an environment for PySceneDetect", file=sys.stderr)
        venv.create(folder, with_pip=True)
        wanted = ["scenedetect", "opencv-python-headless"]
        command = [python, "-m", "pip", "install", "--quiet", *wanted]
        subprocess.run(command, check=True)
    return python


def peer_cuts(python: Path, paths: Sequence[Path]) -> dict[str, dict[str, list[int]]]:
    """Cuts that PySceneDetect's detectors find in videos, by path and detector."""
    done = subprocess.run(
        [python, "-c", _PEER],
        input=json.dumps([str(path) for path in paths]),
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, dict[str, list[int]]] = json.loads(done.stdout.splitlines()[-1])
    return found


Scores = dict[str, dict[str, Score]]
"""Scores by kind of clip and detector."""


def measure(folder: Path, alone: bool) -> Scores:
    """Run all detectors over all clips."""
    detectors = (OWN,) if alone else (OWN, *PEERS)
    python = None if alone else peer_python(folder / "peer")
    scores: Scores = {kind: {name: Score() for name in detectors} for kind in COUNTS}
    for kind in COUNTS:
        clips = list(all_clips({kind: COUNTS[kind]}))
        for clip in clips:
            scores[kind][OWN] += score(clip.changes, own_cuts(clip))
        if python is not None:
            paths = [write_lossless(clip, folder / f"{k}.mkv") for k, clip in enumerate(clips)]
            found = peer_cuts(python, paths)
            for clip, path in zip(clips, paths, strict=True):
                for name in PEERS:
                    scores[kind][name] += score(clip.changes, found[str(path)][name])
                path.unlink()
        print(kind, *(f"{name}: {vars(one)}" for name, one in scores[kind].items()))
    return scores


def text_of(scores: Scores) -> str:
    """The table: recall and precision by kind, and of all together."""
    detectors = list(next(iter(scores.values())))
    names = {OWN: OWN, "adaptive": "PySceneDetect adaptive", "content": "PySceneDetect content"}
    head = ["clips", "changes", *(f"{names[name]}: found, false" for name in detectors)]
    body = []
    for kind, row in scores.items():
        what = (MAKERS[kind].__doc__ or "").strip().rstrip(".")
        first = row[OWN]
        cells = [f"{one.found}, {one.false}" for one in row.values()]
        body.append([f"{kind.replace('_', ' ')}: {what}", str(first.found + first.missed), *cells])
    totals = {name: sum((row[name] for row in scores.values()), Score()) for name in detectors}
    count = totals[OWN].found + totals[OWN].missed
    for label, value in (("**recall**", "recall"), ("**precision**", "precision")):
        shares = [getattr(totals[name], value) for name in detectors]
        body.append([label, str(count), *(_percent(share) for share in shares)])
    return table(head, body)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def main() -> None:
    """Measure, and write what was measured."""
    parser = common.make_parser(__doc__)
    common.add_out(parser, "folder for videos, the other environment and results")
    parser.add_argument("--alone", action="store_true", help="leave PySceneDetect out")
    parser.add_argument("--write", action="store_true", help="write the table to docs/cuts.md")
    options = parser.parse_args()
    out = common.make_out(options)
    scores = measure(out, options.alone)
    cost, meta = milliseconds(), metadata()
    plain = {kind: {name: vars(one) for name, one in row.items()} for kind, row in scores.items()}
    write_json(out / "results.json", {"meta": meta, "milliseconds": cost, "results": plain})
    text = (
        f"{text_of(scores)}\n\nA 720p frame takes {cost:.1f} ms of one core.\n\n{described(meta)}\n"
    )
    print(text)
    if options.write:
        write_measured(PAGE, text)


if __name__ == "__main__":
    main()
