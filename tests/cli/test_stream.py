"""``--stream`` on the command line: which picture is painted, said, and compared on resume."""

from __future__ import annotations

import signal
from pathlib import Path

from scripts.stress.project import Project
from tests.media.test_streams import LARGE, write_streams

import av  # isort: skip - after cv2, which the helpers import


def two_streams(folder: Path) -> Project:
    project = Project(folder, frames=3)
    small = {"size": (48, 32), "count": 3}
    project.clip = write_streams(folder / "two.mkv", small, {"size": LARGE, "count": 3})
    return project


def test_another_stream_on_resume_is_14(tmp_path: Path):
    project = two_streams(tmp_path)
    assert project.run(points="after_journal:2=kill") == -signal.SIGKILL
    assert project.run("--stream", "0") == 14
    assert "clip.stream" in project.said
    assert project.run() == 0, project.said


def test_the_stream_asked_for_is_painted(tmp_path: Path):
    project = two_streams(tmp_path)
    assert project.run("--stream", "2") == 2
    assert "--stream takes one of 0 (48×32 h264), 1 (96×64 h264)" in project.said
    assert project.run("--stream", "0") == 0, project.said
    told = "number 0 (48×32 h264), one of 2 pictures; --stream 1 takes the other (96×64 h264)"
    assert told in " ".join(project.said.split())
    with av.open(str(project.output)) as result:
        assert (result.streams.video[0].width, result.streams.video[0].height) == (48, 32)
