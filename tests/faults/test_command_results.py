"""``flowstyle run`` on sweeps, broken numbers, damaged clips and odd names: result and status."""

from __future__ import annotations

import json
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from scripts.stress import processes
from scripts.stress.project import Project
from tests.helpers.media import picture, write_clip

import av  # isort: skip - after cv2, which the helper imports

SWEEPS = "sweeps = 3\nsweep_iterations = 1\n"


def frames_of(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def with_sweeps(folder: Path) -> tuple[Project, tuple[str, ...]]:
    project = Project(folder, frames=2)
    (project.folder / "sweeps.toml").write_text('preset = "draft"\n' + SWEEPS)
    return project, ("--settings", str(project.folder / "sweeps.toml"))


@pytest.mark.slow
def test_kills_between_sweeps_and_while_old_ones_are_given_up(tmp_path: Path):
    """Frames of a sweep that is given up may be gone or not; the result is the same."""
    whole, more = with_sweeps(tmp_path / "whole")
    assert whole.run(*more) == 0, whole.said
    project, more = with_sweeps(tmp_path / "killed")
    generator = random.Random(2)
    statuses = []
    for _ in range(30):
        place = generator.choice(["before_rename", "after_rename", "after_journal", "discard"])
        statuses.append(project.run(*more, points=f"{place}:{generator.randint(1, 3)}=kill"))
        if statuses[-1] == 0:
            break
    assert statuses.count(-signal.SIGKILL) >= 5, statuses
    assert statuses[-1] == 0, project.said
    assert project.stylised() == whole.stylised()
    assert project.output.read_bytes() == whole.output.read_bytes()


def never_finite() -> None:
    broken_minimise(99)


def not_finite_once() -> None:
    broken_minimise(1)


def broken_minimise(times: int) -> None:
    """The optimiser meets a loss that is not a number, from the third call on."""
    import torch

    from flowstyle.losses.objective import Objective

    original: Callable[..., object] = Objective.__call__
    calls = [0]

    def call(self: Objective, image: torch.Tensor) -> object:
        calls[0] += 1
        total, terms = original(self, image)
        if 3 <= calls[0] < 3 + times:
            total = total * float("nan")
        return total, terms

    Objective.__call__ = call


def test_not_finite_twice_is_17_and_commits_nothing_broken(tmp_path: Path):
    project = Project(tmp_path / "project", frames=3)
    assert project.run(prepare=never_finite) == 17, project.said
    assert "iteration" in project.said
    assert "frame" in project.said
    assert not project.output.exists()
    assert len(project.stylised()) < 3
    assert project.run() == 0


def test_not_finite_once_is_tried_again_and_the_same_each_time(tmp_path: Path):
    results = []
    for name in ("one", "two"):
        project = Project(tmp_path / name, frames=3)
        assert project.run(prepare=not_finite_once) == 0, project.said
        results.append(project.stylised())
    assert results[0] == results[1]
    assert len(results[0]) == 3


def damage(path: Path) -> None:
    """Overwrite a piece in the middle of the stream, headers and index untouched."""
    with av.open(str(path)) as container:
        packets = [p for p in container.demux(video=0) if p.size]
        middle = packets[len(packets) // 2]
        assert middle.pos is not None
        start, size = middle.pos, middle.size
    data = bytearray(path.read_bytes())
    data[start + 4 : start + size] = b"\xa5" * (size - 4)
    path.write_bytes(bytes(data))


def test_damaged_clip_is_10_or_with_repeat_3_and_a_list(tmp_path: Path):
    project = Project(tmp_path / "project", frames=9)
    write_clip(project.clip, size=project.size, count=9, gop=3)
    damage(project.clip)
    assert project.run() == 10, project.said
    assert "frame 4" in project.said
    assert "--on-corrupt repeat" in project.said
    assert not project.output.exists()
    assert project.run("--on-corrupt", "repeat", "--json", "--overwrite") == 3, project.said
    listed = json.loads(project.said[project.said.index("{") :])["repeated"]
    assert 4 in listed
    assert len(frames_of(project.output)) == 9


def test_other_features_than_asked_for_are_told_of_though_nothing_else_is(tmp_path: Path):
    project = Project(tmp_path / "project", frames=2)
    cache = {"TORCH_HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    assert project.run("--features", "vgg19", "--quiet", **cache) == 0, project.said
    assert project.said.strip().endswith("painted with the compact features")
    assert project.run("--quiet", "--overwrite", "--restart") == 0
    assert project.said == ""


def test_json_has_the_figures_though_nothing_else_is_said(tmp_path: Path):
    project = Project(tmp_path / "project", frames=3)
    assert project.run("--measure", "--quiet", "--json") == 0, project.said
    said = json.loads(project.said)
    assert said["figures"]["frames"] == 3
    assert said["figures"]["style_mean"] > 0
    assert project.run("--quiet", "--json", "--overwrite") == 0, project.said
    assert json.loads(project.said)["figures"] is None


@pytest.mark.parametrize("count", [1, 2])
def test_very_short_clips(tmp_path: Path, count: int):
    project = Project(tmp_path / "project", frames=count)
    assert project.run() == 0, project.said
    assert len(frames_of(project.output)) == count


def test_black_clip_is_finite(tmp_path: Path):
    project = Project(tmp_path / "project")
    black = [np.zeros((32, 48, 3), np.uint8)] * 3
    write_clip(project.clip, pictures=black)
    assert project.run() == 0, project.said
    assert len(frames_of(project.output)) == 3


def test_static_shot_stands_still(tmp_path: Path):
    project = Project(tmp_path / "project")
    project.clip = write_clip(
        project.folder / "clip.mkv",
        pictures=[picture(0, project.size)] * 4,
        codec="ffv1",
        pixel_format="bgr0",
    )
    project.output, project.work = (
        project.folder / "out.mkv",
        project.folder / "out.mkv.flowstyle",
    )
    assert project.run("--codec", "ffv1") == 0, project.said
    first, *later = frames_of(project.output)
    for frame in later:
        assert np.array_equal(frame, first)


@pytest.mark.parametrize("name", ["a b", "ü ñ 画", "new\nline", "%03d", "a:b", "-dash", "[x]"])
def test_names(tmp_path: Path, name: str):
    folder = tmp_path / f"folder {name}"
    project = Project(folder, frames=1)
    project.clip = project.clip.rename(folder / f"{name}.mp4")
    project.style = project.style.rename(folder / f"{name}.png")
    project.output = folder / f"out {name}.mp4"
    project.work = folder / f"out {name}.mp4.flowstyle"
    assert project.run() == 0, project.said
    assert len(frames_of(project.output)) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="file systems elsewhere take text alone")
def test_names_that_are_no_text(tmp_path: Path):
    folder = tmp_path / "folder caf\udce9"
    project = Project(folder, frames=1)
    project.clip = project.clip.rename(folder / "caf\udce9.mp4")
    project.style = project.style.rename(folder / "st\udce9.png")
    project.output = folder / "out\udce9.mp4"
    project.work = folder / "out\udce9.mp4.flowstyle"
    assert project.run() == 0, project.said
    assert len(frames_of(project.output)) == 1
    assert project.run("--overwrite") == 0, project.said
    assert "resuming" in project.said


def test_relative_name_with_a_leading_dash(tmp_path: Path):
    project = Project(tmp_path / "project", frames=1)
    project.clip.rename(project.folder / "-clip.mp4")
    arguments = ["run", "-o", "-out.mp4", "--preset", "draft", "--iterations", "1"]
    arguments += ["--first-iterations", "1", "--features", "compact", "--no-measure"]
    child = project.start_other(
        *arguments, "--", "-clip.mp4", "style.png", prepare=ChangeFolder(project.folder)
    )
    assert processes.finish(child) == 0, project.said
    assert len(frames_of(project.folder / "-out.mp4")) == 1


class ChangeFolder:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self) -> None:
        import os

        os.chdir(self.folder)
