"""Out of memory: recognised, tried once more on a GPU, explained with a size that does fit."""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import torch
from torch import Tensor, nn

from flowstyle.core import memory
from flowstyle.core.errors import OutOfMemoryError
from scripts.stress import processes

CPU_ERROR = RuntimeError(
    "[enforce fail at alloc_cpu.cpp:121] err == 0. DefaultCPUAllocator: can't allocate memory: "
    "you tried to allocate 4398046511104 bytes. Error code 12 (Cannot allocate memory)"
)


def loss_of(network: nn.Module) -> Callable[[int, int], Tensor]:
    return lambda height, width: (
        network(torch.rand(1, 3, height, width, requires_grad=True)).square().mean()
    )


def small_network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 24, 3, padding=1), nn.ReLU(), nn.Conv2d(24, 24, 3, padding=1), nn.ReLU()
    ).requires_grad_(False)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (CPU_ERROR, True),
        (MemoryError(), True),
        (torch.cuda.OutOfMemoryError("CUDA out of memory"), True),
        (RuntimeError("std::bad_alloc"), True),
        (RuntimeError("could not create a primitive"), True),
        (RuntimeError("shapes do not match"), False),
        (ValueError("DefaultCPUAllocator"), False),
    ],
)
def test_recognition(error: BaseException, expected: bool):
    assert memory.is_out_of_memory(error) is expected


def test_real_allocator_error_is_recognised():
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**50)
    assert memory.is_out_of_memory(caught.value)


def test_bytes_per_pixel_by_hand():
    # Floats a pixel: the image (3), each ReLU's result (24); the square saves the second one again.
    measured = memory.bytes_per_pixel(loss_of(small_network()))
    assert measured == pytest.approx(memory.WORKSPACE * 4 * (3 + 24 + 24))


@pytest.mark.parametrize(
    ("size", "pixels", "expected"),
    [
        ((1080, 1920), 1080 * 1920 / 4, (540, 960)),
        ((1080, 1920), 10**9, (1071, 1904)),  # never the size that failed
        ((100, 100), 100, None),
        ((100, 100), 0, None),
        ((64, 4096), 64 * 4096 / 9, (21, 1360)),
    ],
)
def test_largest_size(size: tuple[int, int], pixels: float, expected: tuple[int, int] | None):
    assert memory.largest_size(*size, pixels) == expected


def test_free_memory_obeys_the_address_space_limit(tmp_path: Path):
    assert processes.run(free_under_limit, log=tmp_path / "log") == 0, (
        tmp_path / "log"
    ).read_text()


def limit_memory(extra: int) -> None:
    """Allow this process ``extra`` bytes more than it has."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + extra, resource.RLIM_INFINITY))


def free_under_limit() -> int:
    limit_memory(300 << 20)
    return 0 if 290 << 20 < memory.free_memory() <= 300 << 20 else 1


def fail_then_follow_the_advice(network: Callable[[], nn.Module]) -> str | None:
    torch.set_num_threads(1)
    loss = loss_of(network())
    loss(64, 64).backward()
    limit_memory(400 << 20)
    height, width = 2400, 3200
    try:
        loss(height, width).backward()
    except RuntimeError as error:
        explained = memory.explain_out_of_memory(error, height, width, loss=loss)
    else:
        return "it fits, the test is void"
    width = int(explained.advice.split("--width ")[1])
    loss(width * 3 // 4, width).backward()
    # Not far too small either: four times the pixels of the suggestion do not fit.
    try:
        loss(width * 3 // 2, width * 2).backward()
    except RuntimeError:
        return None
    return f"{width} is far below what fits"


def test_suggested_size_fits_under_a_real_limit(tmp_path: Path):
    status = processes.run(fail_then_follow_the_advice, small_network, log=tmp_path / "log")
    assert status == 0, (tmp_path / "log").read_text()


def test_explanation_names_size_and_advice(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(memory, "free_memory", lambda device: 10**9)
    monkeypatch.setattr(memory, "bytes_per_pixel", lambda loss: 4000.0)
    loss = loss_of(nn.Identity())
    explained = memory.explain_out_of_memory(CPU_ERROR, 1080, 1920, loss=loss)
    assert isinstance(explained, OutOfMemoryError)
    assert explained.exit_code == 16
    assert "1920×1080" in explained.what
    assert "1.0 GB are free, about 8.3 GB are needed" in explained.what
    assert "--width 624" in explained.advice  # sqrt(0.9e9 / 4000 · 16 / 9) = 632
    unknown = memory.explain_out_of_memory(CPU_ERROR, 1080, 1920)
    assert "--width 960" in unknown.advice


def test_gpu_is_tried_once_more_and_the_cpu_is_not():
    calls = []

    def step() -> str:
        calls.append(1)
        if len(calls) == 1:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        return "done"

    assert memory.retry_on_gpu(step, "cuda:0") == "done"
    calls.clear()
    with pytest.raises(torch.cuda.OutOfMemoryError):
        memory.retry_on_gpu(step, "cpu")
    assert len(calls) == 1


def test_second_failure_and_other_errors_pass_through():
    calls = []

    def step() -> None:
        calls.append(1)
        raise (torch.cuda.OutOfMemoryError if len(calls) < 3 else ValueError)("no")

    with pytest.raises(torch.cuda.OutOfMemoryError):
        memory.retry_on_gpu(step, "cuda")
    assert len(calls) == 2
    with pytest.raises(ValueError, match="no"):
        memory.retry_on_gpu(step, "cuda")
    assert len(calls) == 3


def test_free_memory_obeys_a_container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(memory, "CONTROL_GROUP", tmp_path)
    without = memory.free_memory()
    (tmp_path / "memory.current").write_text("1000\n")
    (tmp_path / "memory.max").write_text("5000\n")
    assert memory.free_memory() == 4000
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.free_memory() == pytest.approx(without, rel=0.2)


def test_system_that_tells_no_limits_has_none(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(psutil, "RLIMIT_AS")
    assert memory.process_limit("AS") is None
    assert memory.free_memory() > 0
