"""The table of docs/how-it-works.md against a render: a frame is watched on its way."""

from __future__ import annotations

import re
import sys
import threading
from pathlib import Path
from types import FrameType

import cv2
import pytest

from flowstyle import Output, Settings, stylize_video
from scripts.common.motion import motion_clip
from tests.helpers.media import picture, write_clip

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "flowstyle"
PAINTER = "engines/optimised/painter.py"
ROW = re.compile(r"^\| (\d+) \| `([\w/]+\.py)` \|", re.MULTILINE)


def documented() -> list[str]:
    """The files of the table, in order."""
    rows = ROW.findall((ROOT / "docs" / "how-it-works.md").read_text(encoding="utf-8"))
    assert [int(number) for number, _ in rows] == list(range(1, len(rows) + 1))
    return [file for _, file in rows]


class Trace:
    """Notes in which order the files of the package are entered, on all threads."""

    def __init__(self) -> None:
        self.entered: list[tuple[str, str]] = []

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        name = frame.f_code.co_filename
        if event == "call" and name.startswith(str(PACKAGE)):
            stop = (str(Path(name).relative_to(PACKAGE).as_posix()), frame.f_code.co_name)
            self.entered.append(stop)


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    """A panning clip of four frames, rendered while all calls are noted."""
    folder = tmp_path_factory.mktemp("way")
    clip = write_clip(folder / "clip.mp4", pictures=list(motion_clip(96, 64, 4, pan=True).frames))
    cv2.imwrite(str(folder / "style.png"), picture(0, (48, 40), seed=7))
    settings = Settings.from_preset(
        "default", features="compact", first_iterations=2, iterations=2, fill_iterations=2
    )
    trace = Trace()
    threading.setprofile(trace)
    sys.setprofile(trace)
    try:
        stylize_video(clip, [folder / "style.png"], settings, Output(folder / "out.mp4"))
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]
    return trace


def test_every_stop_is_on_the_way_and_they_are_at_most_half_of_what_they_were(
    trace: Trace,
) -> None:
    stops = documented()
    assert len(stops) == len(set(stops)) <= 42 // 2
    assert set(stops) <= {file for file, _ in trace.entered}


def test_a_later_frame_is_gathered_painted_settled_and_committed_in_this_order(
    trace: Trace,
) -> None:
    """From the third frame's visit to its commit, by the calls that lead from stop to stop."""
    visits = [i for i, (_, name) in enumerate(trace.entered) if name == "_visit"]
    commits = [i for i, e in enumerate(trace.entered) if e == ("storage/painted.py", "commit")]
    part = trace.entered[visits[2] : commits[2] + 1]
    files = [file for file, _ in part]
    stops = documented()
    neighbours = stops[stops.index("execution/shot_pass.py") : stops.index(PAINTER)]
    first = [files.index(file) for file in neighbours]
    assert first == sorted(first)
    # The engine may have painted a frame ahead before: its last task is this frame's own.
    painting = [file for file in stops[stops.index(PAINTER) : -3] if file in files]
    last = [len(files) - 1 - files[::-1].index(file) for file in painting]
    paints = max(i for i, stop in enumerate(part) if stop == (PAINTER, "paint"))
    assert max(first) < paints < last[painting.index("optimize/adam.py")] < max(last)
    assert painting[-1] == "storage/painted.py"
    assert files.index("temporal/settle.py", paints) > paints
