"""Memory does not grow with the length of the clip."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts.stress import processes
from scripts.stress.memory_growth import render_and_watch
from scripts.stress.project import Project

FRAMES = 90


@pytest.mark.slow
def test_resident_memory_stays(tmp_path: Path):
    """``scripts/stress/memory_growth.py`` does the same over 1000 frames."""
    project = Project(tmp_path / "project", size=(96, 96), frames=FRAMES)
    options = json.dumps({"iterations": 1, "first_iterations": 1})
    paths = str(project.clip), str(project.style), str(project.output)
    log = tmp_path / "log"
    assert processes.run(render_and_watch, *paths, options, log=log) == 0, log.read_text()
    resident = json.loads(project.output.with_suffix(".json").read_text())["resident"]
    assert len(resident) == FRAMES
    # A frame and its result take 221 kB as tensors: keeping them would add 6.6 MB in 30 frames.
    # What is read ahead, and the heap's own parts, fill up before. Now and then the heap gives back
    # up to 8 MB for a frame and takes them again: the highest of ten frames is compared with the
    # highest of the ten that come thirty later.
    assert max(resident[-10:]) - max(resident[50:60]) < 3e6, resident[9::5]
