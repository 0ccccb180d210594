"""Renders on a pretended GPU: every tensor where it belongs, no iteration waits for the device."""

from __future__ import annotations

import json
import os
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
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FLOWSTYLE")}
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**kept, "PYTHONPATH": str(Path(__file__).parent.parent)},
        timeout=280,
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
        ["--precision", "fp32", "--debug"],
        ["--precision", "bf16", "--frames", "2", "--no-measure"],
        ["--preset", "ruder", "--effort", "0.002", "--long-term", "1,2", "--frames", "4"],
        [
            "--optimizer",
            "lbfgs",
            "--style-loss",
            "sliced",
            "--sweeps",
            "2",
            "--frames",
            "3",
            "--no-measure",
        ],
        [
            "--precision",
            "fp32",
            "--style-loss",
            "wasserstein",
            "--match-colors",
            "--original-colors",
            "--frames",
            "2",
        ],
    ],
    ids=["default", "bf16", "ruder", "sliced", "wasserstein"],
)
def test_the_same_frames_as_on_the_cpu(folder: Path, options: list[str]) -> None:
    name = "".join(options).replace(".", "")
    waits = folder / f"waits{name}.json"
    pretended = run(folder, ["tests.helpers.pretend_gpu", str(waits)], f"pretended{name}", options)
    cpu = run(folder, ["flowstyle"], f"cpu{name}", [*options, "--device", "cpu"])
    assert pretended
    assert pretended == cpu
    assert within_iterations(json.loads(waits.read_text())) == []


def within_iterations(waits: dict[str, int]) -> list[str]:
    """The places that wait in every iteration; reports and the check at the end may.

    torch's own L-BFGS asks for numbers in each step, so only Adam's iterations are looked at.
    """
    may = ("result.py:numbers", "result.py:check", "result.py:check_image")
    return [
        place
        for place in waits
        if "backward" in place or ("adam.py:minimise" in place and not place.endswith(may))
    ]


@pytest.mark.slow
def test_flow_is_drawn_from_the_gpu(folder: Path) -> None:
    command = ["tests.helpers.pretend_gpu", "waits.json", "flow", "clip.mp4", "-o", "flow.mp4"]
    call(folder, [*command, "--frames", "3"])
    assert (folder / "flow.mp4").exists()
