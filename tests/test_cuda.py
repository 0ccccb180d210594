"""What only a CUDA device can show: its bytes repeat, it is not waited for, and memory is minded.

python -m pytest -m gpu
"""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from flowstyle import Output, Settings, stylize_video
from flowstyle.core.cancel import CancelToken
from flowstyle.core.captured import WARM, Captured
from flowstyle.core.errors import Interrupted
from flowstyle.core.events import Event, FrameReady
from flowstyle.features.compact import load_compact
from flowstyle.flow.paint_warp import warp_paint
from flowstyle.losses.objective import Objective, Term
from flowstyle.losses.targets import ContentTarget, StyleTarget
from flowstyle.optimize import adam
from tests.helpers.media import picture, write_clip

pytestmark = pytest.mark.gpu

QUICK = {"first_iterations": 20, "iterations": 4, "fill_iterations": 4, "first_smallest": 64}
LAYERS = ("relu1_1", "relu2_1", "relu3_1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cuda")
    write_clip(folder / "clip.mp4", count=12, size=(192, 128))
    cv2.imwrite(str(folder / "style.png"), picture(0, (160, 128), seed=7)[..., ::-1])
    return folder


def settings(device: str = "cuda", **more: object) -> Settings:
    return Settings.from_preset("default", features="compact", device=device, **(QUICK | more))


def render(
    folder: Path, name: str, wanted: Settings, cancel: CancelToken | None = None
) -> list[bytes]:
    """The bytes of the frames."""

    def report(event: Event) -> None:
        if cancel is not None and isinstance(event, FrameReady) and event.frame == 5:
            cancel.cancel()

    out = folder / name
    output = Output(out)
    stylize_video(
        folder / "clip.mp4", [folder / "style.png"], wanted, output, report=report, cancel=cancel
    )
    return [path.read_bytes() for path in sorted(out.glob("*.png"))]


def pixels(frames: list[bytes]) -> np.ndarray:
    read = [cv2.imdecode(np.frombuffer(one, np.uint8), cv2.IMREAD_UNCHANGED) for one in frames]
    return np.stack(read).astype(np.float64) / 65535


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_same_bytes_each_time(folder: Path, precision: str) -> None:
    wanted = settings(precision=precision, frames=6)
    first = render(folder, f"one {precision}", wanted)
    assert len(first) == 6
    assert render(folder, f"two {precision}", wanted) == first


def test_a_render_that_was_stopped_ends_in_the_same_bytes(folder: Path) -> None:
    whole = render(folder, "whole", settings())
    with pytest.raises(Interrupted):
        render(folder, "stopped", settings(), CancelToken())
    assert render(folder, "stopped", settings()) == whole


def test_it_looks_as_on_the_cpu(folder: Path) -> None:
    few = {"frames": 3, "precision": "fp32", "first_iterations": 4, "iterations": 2}
    on_gpu = pixels(render(folder, "gpu", settings(**few)))
    on_cpu = pixels(render(folder, "cpu", settings("cpu", **few)))
    assert np.abs(on_gpu - on_cpu).mean() < 1.0 / 255


def test_bf16_looks_as_fp32(folder: Path) -> None:
    few = {"frames": 3, "first_iterations": 4, "iterations": 2}
    one = pixels(render(folder, "bf16", settings(precision="bf16", **few)))
    other = pixels(render(folder, "fp32", settings(precision="fp32", **few)))
    assert np.abs(one - other).mean() < 4.0 / 255


def test_recorded_iterations_give_the_bytes_of_single_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    objective, photo = objective_on("cuda")

    def painted(count: int) -> torch.Tensor:
        return adam.minimise(objective, photo, iterations=count, levels=3).image

    count = adam.MANY + 5
    evaluate = adam._evaluation(objective, photo.clone().requires_grad_(), count)
    for _ in range(WARM + 1):
        evaluate()
    assert evaluate._graph is not None
    recorded = painted(count)
    monkeypatch.setattr(adam, "MANY", count + 1)
    assert torch.equal(recorded, painted(count))


def test_work_that_waits_for_the_gpu_is_done_without_a_recording() -> None:
    done = torch.zeros((), device="cuda")
    counted = Captured(lambda: float(done.add_(1)), done.device)
    before = torch.cuda.current_stream()
    assert [counted() for _ in range(WARM + 3)][-1] == WARM + 3
    assert torch.cuda.current_stream() == before


def objective_on(device: str) -> tuple[Objective, torch.Tensor]:
    network = load_compact(device=torch.device(device))
    photo = torch.rand(1, 3, 96, 128, generator=torch.Generator().manual_seed(1)).to(device)
    content = ContentTarget.of(network, photo, ("relu3_1",))
    style = StyleTarget.of(network, photo.flip(-1).square(), LAYERS)
    terms = {"content": Term(1.0, content, content.layers), "style": Term(9.0, style, style.layers)}
    return Objective(network, terms), photo


def waits(iterations: int) -> int:
    """How often an optimisation waits for the device."""
    objective, photo = objective_on("cuda")
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        torch.cuda.set_sync_debug_mode("warn")
        try:
            adam.minimise(objective, photo, iterations=iterations, levels=3)
        finally:
            torch.cuda.set_sync_debug_mode("default")
    return sum("called a synchronizing" in str(one.message) for one in seen)


def test_no_iteration_waits_for_the_device() -> None:
    waits(1)  # kernels are loaded
    assert 0 < waits(40) == waits(2)  # the checks at the end are all


def test_the_loss_is_the_cpus() -> None:
    (on_gpu, photo), (on_cpu, same) = objective_on("cuda"), objective_on("cpu")
    assert float(on_gpu(photo * 0.5)[0]) == pytest.approx(float(on_cpu(same * 0.5)[0]), rel=1e-3)


def test_memory_that_ends_is_told_with_its_exit_code(folder: Path) -> None:
    program = (
        "import torch; torch.cuda.set_per_process_memory_fraction(0.003);"
        "from flowstyle.cli.start import main; main()"
    )
    command = [sys.executable, "-c", program, "run", "clip.mp4", "style.png", "-o", "small/"]
    options = ["--features", "compact", "--width", "1600", "--frames", "1"]
    done = subprocess.run(
        [*command, *options], cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == 16, done.stderr[-2000:]
    assert "GPU's memory" in done.stderr


def test_a_network_is_trained_and_paints_the_same_bytes_each_time(folder: Path) -> None:
    command = [sys.executable, "-m", "flowstyle"]
    train = ["train", "style.png", "-o", "style.safetensors", "--steps", "30", "--features"]
    options = ["compact", "--device", "cuda", "--overwrite"]
    done = subprocess.run(
        [*command, *train, *options], cwd=folder, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr[-2000:]
    wanted = Settings.from_preset("default", device="cuda", engine="network", features="compact")

    def painted(name: str) -> list[bytes]:
        network = folder / "style.safetensors"
        stylize_video(folder / "clip.mp4", [network], wanted, Output(folder / name))
        return [path.read_bytes() for path in sorted((folder / name).glob("*.png"))]

    first = painted("net one")
    assert len(first) == 12
    assert painted("net two") == first


def test_paint_is_carried_as_on_a_cpu_and_stands_still_where_it_does() -> None:
    draw = torch.Generator().manual_seed(4)
    image, flow = (torch.rand(1, count, 360, 1283, generator=draw) for count in (3, 2))
    flow = 40 * flow - 20
    on_gpu = warp_paint(image.cuda(), flow.cuda()).cpu()
    torch.testing.assert_close(on_gpu, warp_paint(image, flow), atol=5e-4, rtol=0)
    assert torch.equal(warp_paint(image.cuda(), 0 * flow.cuda()).cpu(), image)
