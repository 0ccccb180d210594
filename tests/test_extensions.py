"""Parts of other packages: each is one class and one line, and whole renders go through it."""

from __future__ import annotations

import pickle
from concurrent.futures import Future
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

import flowstyle
from flowstyle import Output, Painted, Settings, paint_shot, stylize_video
from flowstyle.core.errors import UsageError
from tests.helpers.media import picture, write_clip
from tests.helpers.network import TinyNetwork

QUICK = {"first_iterations": 2, "iterations": 2, "first_smallest": 64, "features": "compact"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of two shots and a style."""
    folder = tmp_path_factory.mktemp("extensions")
    pictures = [picture(i, (64, 48)) for i in range(4)]
    pictures += [255 - picture(i, (64, 48), seed=3) for i in range(4)]
    write_clip(folder / "clip.mp4", pictures=pictures)
    cv2.imwrite(str(folder / "style.png"), picture(0, (48, 40), seed=7)[..., ::-1])
    return folder


def render(folder: Path, name: str, executor: str = "inline", **settings) -> list[bytes]:
    """The frames of a render."""
    out = folder / name
    chosen = Settings.from_preset("draft", **{**QUICK, **settings})
    output = Output(out, measure=False, executor=executor)
    result = stylize_video(folder / "clip.mp4", [folder / "style.png"], chosen, output)
    assert result.frames == 8
    assert result.cuts == [4]
    return [path.read_bytes() for path in sorted(out.glob("*.png"))]


@pytest.fixture(scope="module")
def usual(folder: Path) -> list[bytes]:
    return render(folder, "usual")


def test_a_flow_method(folder: Path, usual: list[bytes]) -> None:
    asked = []

    class StandingStill:
        name, digest, reach = "standing still", "", "direct"
        takes_start = mended = steadied = False

        def __call__(self, target, source, frames=None, start=None) -> Tensor:
            asked.append(frames)
            return torch.zeros_like(target[:, :2])

    flowstyle.FLOW_METHODS.register("still", lambda device, quality: StandingStill())
    assert render(folder, "flow", flow="still") != usual
    assert (1, 0) in asked


def test_a_style_loss(folder: Path, usual: list[bytes]) -> None:
    class MeanLoss:
        name, digest = "mean", ""

        def weights(self, count):
            return [1.0 / count] * count

        def statistics(self, features, seed):
            return (features.float().mean((2, 3)),)

        def distance(self, features, style):
            return (features.float().mean((2, 3)) - style[0]).square().mean()

        def blend(self, styles, shares):
            return (sum(s * style[0] for s, style in zip(shares, styles, strict=True)),)

    flowstyle.STYLE_LOSSES.register("mean", MeanLoss())
    assert render(folder, "loss", style_loss="mean") != usual


def test_a_feature_network(folder: Path, usual: list[bytes]) -> None:
    flowstyle.FEATURE_NETWORKS.register("tiny", lambda request: TinyNetwork())
    assert render(folder, "network", features="tiny") != usual
    with pytest.raises(UsageError, match="no feature network 'huge'"):
        render(folder, "none", features="huge")


def test_an_engine(folder: Path) -> None:
    class Flat:
        """Paints every frame in the style's mean colour."""

        name, digest = "flat", ""

        def for_styles(self, styles):
            return self

        def adapted(self, settings):
            return settings

        def open(self, shot, styles, context):
            self.colour = styles.at(shot.first)[0].style.picture.mean((2, 3), keepdim=True)
            return self

        def paint(self, task):
            return Painted(self.colour.expand_as(task.content))

    flowstyle.ENGINES.register("flat", Flat)
    frames = render(folder, "flat", engine="flat", features="compact", hold_colors=False)
    shown = cv2.imdecode(np.frombuffer(frames[-1], np.uint8), cv2.IMREAD_COLOR)
    style = cv2.imread(str(folder / "style.png")).mean((0, 1))
    assert np.abs(shown.reshape(-1, 3) - style).max() <= 1


def test_an_executor(folder: Path, usual: list[bytes]) -> None:
    class LastFirst:
        """Takes whole shots as plain data; paints them, the last one first, when asked for one."""

        whole_shots = True

        def __init__(self, workplace):
            self.workplace, self.jobs = workplace, []

        def submit(self, job):
            future = Future()
            future.result = lambda: self.work() or Future.result(future)
            self.jobs.append((pickle.dumps(job), future))
            return future

        def work(self):
            while self.jobs:
                data, future = self.jobs.pop()
                future.set_result(paint_shot(pickle.loads(data), self.workplace))

        def close(self):
            self.jobs = []

    flowstyle.EXECUTORS.register("last first", LastFirst)
    assert render(folder, "executor", executor="last first") == usual
