"""Renders on a pretended GPU: every tensor where it belongs, nothing waits inside a frame."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
from torch.utils import backend_registration

from tests.helpers.media import picture, write_clip

QUICK = "first_iterations = 11\niterations = 2\nfill_iterations = 2\nfirst_smallest = 64\n"

pytestmark = pytest.mark.skipif(
    not hasattr(backend_registration, "_setup_privateuseone_for_python_backend"),
    reason="this release of torch knows no devices written in Python",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("device")
    write_clip(folder / "clip.mp4", count=18, size=(64, 48))
    cv2.imwrite(str(folder / "style.png"), picture(0, (48, 40), seed=7)[..., ::-1])
    (folder / "quick.toml").write_text(QUICK)
    return folder


def call(folder: Path, command: list[str]) -> None:
    """Run a module in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(Path(__file__).parent.parent), "HOME": str(folder)},
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]


def run(folder: Path, module: list[str], name: str, options: list[str]) -> list[bytes]:
    """The frames' files that a command writes."""
    out = folder / name
    command = [*module, "run", "clip.mp4", "style.png", "-o", f"{out}/", "--features", "compact"]
    call(folder, [*command, "--settings", "quick.toml", *options])
    return [path.read_bytes() for path in sorted(out.glob("*.png"))]


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        ["--debug"],
        ["--preset", "ruder", "--effort", "0.002", "--long-term", "1,2", "--frames", "4"],
        ["--optimizer", "lbfgs", "--style-loss", "sliced", "--sweeps", "2", "--frames", "3"],
        ["--style-loss", "wasserstein", "--match-colors", "--original-colors", "--frames", "2"],
    ],
    ids=["default", "ruder", "sliced", "wasserstein"],
)
def test_the_same_frames_as_on_the_cpu(folder: Path, options: list[str]) -> None:
    name = options[-1] + options[0]
    waits = folder / f"waits{name}.json"
    pretended = run(folder, ["tests.helpers.pretend_gpu", str(waits)], f"pretended{name}", options)
    cpu = run(folder, ["flowstyle"], f"cpu{name}", [*options, "--device", "cpu"])
    assert pretended
    assert pretended == cpu
    found = json.loads(waits.read_text())
    within = [place for place in found if "losses" in place or "objective.py:__call__" in place]
    assert within == []


@pytest.mark.slow
def test_flow_is_drawn_from_the_gpu(folder: Path) -> None:
    command = ["tests.helpers.pretend_gpu", "waits.json", "flow", "clip.mp4", "-o", "flow.mp4"]
    call(folder, [*command, "--frames", "3"])
    assert (folder / "flow.mp4").exists()
