"""When work is recorded for a GPU, and what becomes of work that cannot be; without a GPU."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
import torch

from flowstyle.core.captured import WARM, Captured

SECOND = torch.device("cuda:1")


class Cuda:
    """Takes the place of the functions of torch.cuda, and notes what they are asked for."""

    def __init__(self, *, fails: bool) -> None:
        self.fails = fails
        self.on: list[torch.device | None] = [None]
        self.stream, self.replays, self.recordings = "usual", 0, 0

    def CUDAGraph(self) -> Cuda:
        return self

    def replay(self) -> None:
        assert self.on[-1] == SECOND
        self.replays += 1

    def current_stream(self, device: torch.device) -> str:
        return self.stream

    def set_stream(self, stream: str) -> None:
        self.stream = stream

    def Stream(self, device: torch.device) -> str:
        return f"of {device}"

    @contextmanager
    def device(self, device: torch.device):
        self.on.append(device)
        try:
            yield
        finally:
            self.on.pop()

    @contextmanager
    def graph(self, graph: Cuda, *, stream: str, capture_error_mode: str):
        assert self.on[-1] == SECOND
        self.stream, self.recordings = stream, self.recordings + 1
        yield
        if self.fails:  # and as torch does then, leave the stream in place
            raise RuntimeError("operation not permitted when stream is capturing")
        self.stream = "usual"


@pytest.fixture
def counted() -> list[int]:
    return []


@pytest.mark.parametrize(("fails", "done", "replays"), [(False, WARM + 1, 4), (True, WARM + 5, 0)])
def test_it_is_recorded_once_on_its_own_device_and_replayed_if_that_worked(
    monkeypatch: pytest.MonkeyPatch, counted: list[int], fails: bool, done: int, replays: int
) -> None:
    cuda = Cuda(fails=fails)
    for name in ("CUDAGraph", "current_stream", "set_stream", "Stream", "device", "graph"):
        monkeypatch.setattr(torch.cuda, name, getattr(cuda, name))
    work = Captured(lambda: counted.append(1), SECOND)
    for _ in range(WARM + 4):
        work()
    assert (len(counted), cuda.recordings, cuda.replays) == (done, 1, replays)
    assert cuda.stream == "usual"


def test_a_cpu_records_nothing(counted: list[int]) -> None:
    work = Captured(lambda: counted.append(1), torch.device("cpu"))
    for _ in range(5):
        work()
    assert len(counted) == 5
