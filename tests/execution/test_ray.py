"""Jobs of Ray's workers: the same bytes as here, a worker that is killed, what is refused."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import cv2
import psutil
import pytest

from flowstyle import FrameReady, Notice, Output, Settings, stylize_video
from flowstyle.core.errors import UsageError
from flowstyle.core.threads import Threads
from tests.helpers.media import picture

QUICK = {
    "features": "compact",
    "first_iterations": 1,
    "iterations": 1,
    "fill_iterations": 0,
    "flow": "dis",
    "flow_quality": "draft",
}
SHOTS, LENGTH = 2, 4

needs_ray = pytest.mark.skipif(
    find_spec("ray") is None, reason="Ray is missing: pip install 'flowstyle[ray]'"
)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """What a job gets here too: other numbers of threads give other bytes."""
    with Threads(1, 1).used():
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two shots of four frames."""
    folder = tmp_path_factory.mktemp("ray")
    (folder / "clip").mkdir()
    for index in range(SHOTS * LENGTH):
        image = picture(index % LENGTH, (32, 24), seed=index // LENGTH)
        cv2.imwrite(
            str(folder / "clip" / f"{index:03d}.png"), 255 - image if index >= LENGTH else image
        )
    (folder / "shots.csv").write_text(f"0\n{LENGTH}\n")
    cv2.imwrite(str(folder / "style.png"), picture(0, (32, 24), seed=7))
    return folder


def render(folder: Path, name: str, report=lambda event: None, **how) -> list[bytes]:
    settings = Settings.from_preset("draft", **QUICK, shots=folder / "shots.csv", device="cpu")
    output = Output(folder / name, measure=False, **how)
    stylize_video(folder / "clip", [folder / "style.png"], settings, output, report=report)
    assert not list((folder / f"{name}.flowstyle" / "jobs").glob("*"))
    return [path.read_bytes() for path in sorted((folder / name).glob("*.png"))]


@pytest.fixture(scope="module")
def usual(folder: Path) -> list[bytes]:
    return render(folder, "usual", executor="inline")


@needs_ray
@pytest.mark.parametrize("shared_disk", [True, False])
def test_the_bytes_are_those_of_one_process_though_a_worker_is_killed(
    folder: Path, shared_disk: bool, usual: list[bytes]
) -> None:
    frames: list[int] = []
    said: list[str] = []

    def report(event) -> None:
        if isinstance(event, FrameReady):
            frames.append(event.frame)
            if len(frames) == 1:
                os.kill(_painting(), signal.SIGKILL)
        elif isinstance(event, Notice):
            said.append(event.text)

    name = f"rayed-{shared_disk}"
    made = render(folder, name, report, executor="ray", workers=1, shared_disk=shared_disk)
    assert made == usual
    assert sorted(frames) == list(range(SHOTS * LENGTH))
    assert [text for text in said if "a worker died over frames 0 to 3" in text]
    assert "ray::" not in " ".join(
        process.name() for process in psutil.Process().children(recursive=True)
    )


def _painting() -> int:
    """The process of the worker that is at work, by the name that Ray gives it."""
    found = [
        process.pid
        for process in psutil.Process().children(recursive=True)
        if any("ray::frames" in word for word in process.cmdline())
    ]
    return found[0]


@needs_ray
@pytest.mark.parametrize(
    ("how", "what"),
    [
        ({"cpus_per_job": 0}, "0 CPUs cannot"),
        ({"gpus_per_job": 1.5}, "1.5 GPUs"),
        ({"gpus_per_job": 1.0}, "cannot paint on cpu"),
        ({"devices": ("cpu",)}, "gives out the devices"),
        ({"workers": 0}, "0 workers"),
        ({"debug": True, "shared_disk": False}, "debug pictures are not sent"),
    ],
)
def test_what_cannot_be_is_refused_before_ray_starts(folder: Path, how, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        render(folder, "refused", executor="ray", **how)
    assert not (folder / "refused.flowstyle").exists()


def test_where_ray_is_missing_the_command_that_installs_it_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowstyle.execution.cluster.asked.find_spec", lambda name: None)
    with pytest.raises(UsageError) as caught:
        render(folder, "missing", executor="ray")
    assert caught.value.advice == "pip install 'flowstyle[ray]'"


def test_what_only_ray_heeds_is_refused_without_it(folder: Path) -> None:
    for how in ({"address": "auto"}, {"gpus_per_job": 0.5}, {"shared_disk": False}):
        with pytest.raises(UsageError, match="is for Ray alone"):
            render(folder, "alone", workers=2, **how)
    with pytest.raises(UsageError, match="executor"):
        render(folder, "alone", executor="slurm")
