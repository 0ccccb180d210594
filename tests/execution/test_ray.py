"""Jobs of Ray's workers: the same bytes as here, a worker that is killed, what is refused."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from flowstyle import FrameReady, Notice, Output, Settings, stylize_video
from flowstyle.core.errors import FlowstyleError, UsageError
from flowstyle.core.threads import Threads
from flowstyle.execution.cluster.connection import _begin
from flowstyle.execution.cluster.station import Outfit, bench_of
from flowstyle.storage.fingerprint import machine_identity, normalise
from tests.helpers.shots import write_shots

QUICK = {
    "features": "compact",
    "first_iterations": 1,
    "iterations": 1,
    "fill_iterations": 0,
    "flow": "dis",
    "flow_quality": "draft",
}
SHOTS, LENGTH = 2, 6

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
    """Two shots of six frames."""
    folder = write_shots(tmp_path_factory.mktemp("ray"), SHOTS, LENGTH)
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
@pytest.mark.slow
@pytest.mark.parametrize("shared_disk", [True, False])
def test_a_killed_worker_changes_no_bytes(
    folder: Path, shared_disk: bool, usual: list[bytes]
) -> None:
    frames: list[int] = []
    said: list[str] = []
    killed: list[int] = []

    def report(event) -> None:
        if isinstance(event, FrameReady):
            frames.append(event.frame)
            if not killed:
                killed.extend(_painting()[:1])
                for pid in killed:
                    os.kill(pid, signal.SIGKILL)
        elif isinstance(event, Notice):
            said.append(event.text)

    name = f"rayed-{shared_disk}"
    made = render(folder, name, report, executor="ray", workers=1, shared_disk=shared_disk)
    assert made == usual
    assert sorted(frames) == list(range(SHOTS * LENGTH))
    assert [text for text in said if "a worker died over frames" in text]
    assert "ray::" not in " ".join(
        process.name() for process in psutil.Process().children(recursive=True)
    )


@needs_ray
@pytest.mark.slow
def test_a_lost_machine_changes_no_bytes(folder: Path, usual: list[bytes]) -> None:
    """Two nodes beside one without a CPU; the one that paints is killed after the first frame."""
    from ray.cluster_utils import Cluster

    frames: list[int] = []
    said: list[str] = []
    held: list[int] = []
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]

    def report(event) -> None:
        if isinstance(event, FrameReady):
            frames.append(event.frame)
            if not held:
                held.extend(_painting())
                daemon = psutil.Process(held[0]).ppid()
                os.kill(held[0], signal.SIGKILL)  # at once: the rest of the node takes its time
                (node,) = [one for one in nodes if daemon in _daemons(one)]
                cluster.remove_node(node, allow_graceful=False)
        elif isinstance(event, Notice):
            said.append(event.text)

    try:
        cluster.wait_for_nodes()
        how = {"executor": "ray", "address": cluster.address, "workers": 1}
        assert render(folder, "lost", report, **how) == usual
    finally:
        cluster.shutdown()
    assert sorted(frames) == list(range(SHOTS * LENGTH))
    assert [text for text in said if "a worker died over frames" in text]


def _daemons(node) -> list[int]:
    """Processes of Ray that make up a node."""
    return [info.process.pid for infos in node.all_processes.values() for info in infos]


def _painting() -> list[int]:
    """Processes of workers that are at work, by the names that Ray gives them."""
    return _named("ray::frames")


def _named(name: str) -> list[int]:
    """Processes below this one whose command line holds a name."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # some end at once
            found += [process.pid] if any(name in word for word in process.cmdline()) else []
    return found


@needs_ray
def test_an_address_that_nobody_answers_is_told_at_once(folder: Path) -> None:
    for address, what in (("127.0.0.1:9", "no cluster"), ("here", "neither HOST:PORT nor auto")):
        with pytest.raises(UsageError, match=what):
            render(folder, "nobody", executor="ray", address=address)


def test_a_machine_that_would_give_other_bytes_does_not_paint(folder: Path) -> None:
    machine = {**normalise(machine_identity("cpu")), "torch": "1.0"}
    outfit = Outfit("render", "cpu", Threads(1, 1), False, machine)
    with pytest.raises(FlowstyleError, match=r'would give other bytes: torch: "1\.0" → '):
        bench_of(None, outfit)


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
def test_what_cannot_be_is_refused(folder: Path, how, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        render(folder, "refused", executor="ray", **how)
    assert not (folder / "refused.flowstyle").exists()


def test_ray_that_does_not_come_up_is_explained() -> None:
    """On a busy machine Ray gives up after a while, and raises a bare exception."""

    def init(**how) -> None:
        raise Exception("The current node timed out during startup.\nSee the logs")

    with pytest.raises(FlowstyleError, match="Ray does not start: The current node") as caught:
        _begin(SimpleNamespace(init=init), 1)
    assert "which needs no Ray" in caught.value.advice


def test_ray_is_missing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
