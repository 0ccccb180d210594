"""The way of a still: sizes, interruption, memory, precision."""

from __future__ import annotations

import signal
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from flowstyle.core.cancel import CancelToken
from flowstyle.core.errors import Interrupted, NotFiniteError, OutOfMemoryError, OutputError
from flowstyle.core.events import Decision, Event
from flowstyle.engines.optimised.painter import OptimisedPainter
from flowstyle.features.registry import FEATURE_NETWORKS, NetworkRequest
from flowstyle.media import largest
from flowstyle.render import photograph
from flowstyle.render.photograph import Painting, paint_photograph
from flowstyle.settings import Settings
from tests.helpers.network import TinyNetwork

FEW = Settings(first_iterations=2, device="cpu", style_layers=("relu1_1",))


def stopped_by(signum: int) -> CancelToken:
    token = CancelToken()
    token.cancel(signum)
    return token


@pytest.fixture
def photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(FEATURE_NETWORKS._parts, "auto", lambda request: TinyNetwork())
    image = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)
    Image.fromarray(image).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def test_large_photographs_are_made_smaller_and_it_is_said(
    photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photograph, "LONGER_SIDE", 30)
    events: list[Event] = []
    out = tmp_path / "out.png"
    assert paint_photograph(photo, [photo], FEW, Painting(out), report=events.append) == (30, 20)
    assert Decision("size", "30×20 (photograph 60×40)") in events
    wide = FEW.model_copy(update={"width": 90})
    assert paint_photograph(photo, [photo], wide, Painting(tmp_path / "wide.png")) == (90, 60)


def test_a_style_that_is_shown_has_the_width_asked_for(photo: Path, tmp_path: Path) -> None:
    Image.new("RGB", (80, 40), "red").save(tmp_path / "style.png")
    events: list[Event] = []
    wide = FEW.model_copy(update={"width": 48})
    out = Painting(tmp_path / "out.png", layer="relu1_1")
    size = paint_photograph(photo, [tmp_path / "style.png"], wide, out, report=events.append)
    assert size == (48, 24)
    assert Decision("size", "48×24 (style 80×40)") in events


@pytest.mark.parametrize("how", [{}, {"sweep": True}, {"layer": "relu1_1"}])
def test_a_result_that_its_file_cannot_hold_is_refused_before_the_work(
    how: dict[str, object], photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sweep's sheet of 3 × 60 columns is larger than the picture."""
    longest = 64 if "sweep" in how else 59
    monkeypatch.setitem(largest.LONGEST, ".webp", longest)
    monkeypatch.setattr(photograph, "choose_tools", lambda *_: pytest.fail("work began"))
    out = Painting(tmp_path / "out.webp", **how)  # type: ignore[arg-type]
    with pytest.raises(OutputError, match=f"{longest} pixels at most"):
        paint_photograph(photo, [photo], FEW, out)


def test_a_signal_ends_the_work_and_nothing_is_written(photo: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    with pytest.raises(Interrupted) as stopped:
        paint_photograph(photo, [photo], FEW, Painting(out), cancel=stopped_by(signal.SIGTERM))
    assert stopped.value.exit_code == 143
    assert not out.exists()


def test_fault_memory_runs_out(
    photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*args: object, **more: object) -> torch.Tensor:
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 99 bytes")

    monkeypatch.setattr(OptimisedPainter, "paint", fails)
    wide = FEW.model_copy(update={"width": 300})
    with pytest.raises(OutOfMemoryError, match="300×200") as error:
        paint_photograph(photo, [photo], wide, Painting(tmp_path / "out.png"))
    assert "--width" in error.value.advice


def test_other_errors_pass_unchanged(
    photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*args: object, **more: object) -> torch.Tensor:
        raise NotFiniteError("the loss became infinite", "iteration 3")

    monkeypatch.setattr(OptimisedPainter, "paint", fails)
    with pytest.raises(NotFiniteError, match="iteration 3"):
        paint_photograph(photo, [photo], FEW, Painting(tmp_path / "out.png"))


def test_lbfgs_gets_float32_features_unless_told_otherwise(
    photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[torch.dtype] = []

    def load(request: NetworkRequest) -> TinyNetwork:
        asked.append(request.dtype)
        return TinyNetwork()

    monkeypatch.setitem(FEATURE_NETWORKS._parts, "auto", load)
    for number, changes in enumerate(
        [{"optimizer": "lbfgs"}, {"optimizer": "lbfgs", "precision": "bf16"}]
    ):
        settings = FEW.model_copy(update=changes)
        paint_photograph(photo, [photo], settings, Painting(tmp_path / f"{number}.png"))
    assert asked == [torch.float32, torch.bfloat16]
