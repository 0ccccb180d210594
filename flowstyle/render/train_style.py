"""Trains a network for one or several pictures and writes its file, from paths to result."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from flowstyle.core import disk
from flowstyle.core.cancel import CancelToken
from flowstyle.core.device import find_device
from flowstyle.core.errors import Interrupted, OutputError
from flowstyle.core.events import Decision, Report, ignore
from flowstyle.core.files import followed, temporary_name
from flowstyle.core.images import to_tensor, to_uint8
from flowstyle.core.nearby import unfilled_home
from flowstyle.features.base import FeatureNetwork
from flowstyle.guides.styles import StylePicture
from flowstyle.losses.targets import StyleTarget
from flowstyle.media.output import check_file
from flowstyle.networks.card import FORMAT, SUFFIX, Card, CardFeatures, CardStyle
from flowstyle.networks.feed_forward import IN_TRAINING, FeedForward
from flowstyle.networks.file import TrainedStyle, load_trained, save_trained
from flowstyle.networks.library import for_picture
from flowstyle.networks.names import BUNDLED, as_network, located
from flowstyle.optimize.pyramid import resize
from flowstyle.render.prepare import choose_network
from flowstyle.render.style_pictures import StyleLike, read_styles
from flowstyle.settings import Settings, given_settings
from flowstyle.training.checkpoint import checkpoint_of
from flowstyle.training.crops import RandomScales
from flowstyle.training.loss import WEIGHTS
from flowstyle.training.pictures import training_pictures
from flowstyle.training.session import Trained, Training, train
from flowstyle.training.trainer import BATCH, Lesson
from flowstyle.version import __version__

STYLE_SIDE = 512
"""Longer side of the style picture in training: strokes have the size that they have in frames of
some 512 pixels."""
BEGINNING = BUNDLED / f"candy{SUFFIX}"
"""The bundled network that others are trained from."""
STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")


@dataclass(frozen=True)
class TrainingPlan:
    """How a network is trained.

    Args:
        path: of the result, ``.safetensors``.
        minutes: of training.
        steps: in place of ``minutes``: the same weights on every run.
        pictures: folder or clip to be trained on; None: drawn ones.
        preview: write ``NAME.preview.png`` every half minute.
        overwrite: replace an existing file.
        restart: begin anew where a training was ended.
        start: network to begin with; None takes the one that is there for the picture, or else a
            bundled one.
    """

    path: Path
    minutes: float = 10.0
    steps: int | None = None
    pictures: Path | None = None
    preview: bool = True
    overwrite: bool = False
    restart: bool = False
    start: Path | None = None


def train_style(
    styles: Sequence[StyleLike],
    plan: TrainingPlan,
    settings: Settings | None = None,
    *,
    blend: Sequence[float] | None = None,
    report: Report = ignore,
    cancel: CancelToken | None = None,
) -> TrainedStyle:
    """Train a network for a picture, or a blend of several, and write it.

    Args:
        styles: the pictures.
        plan: how.
        settings: device, features and seed count.
        blend: weight of each style; None weighs them alike.
        report: told decisions and progress.
        cancel: asked before each step; what was learned until then is written.

    Returns:
        What was written.

    Raises:
        OutputError: the file cannot be written, or exists.
        Interrupted: cancelled; the file holds what was learned so far, and the same call goes on.
        FlowstyleError: a style, a picture or weights will not do.
    """
    began = time.monotonic()
    settings = given_settings(settings, "default")
    cancel = cancel or CancelToken()
    checkpoint = checkpoint_of(plan.path)
    if plan.restart:
        checkpoint.unlink(missing_ok=True)
    check_result(plan.path, replace=plan.overwrite or checkpoint.exists())
    pictures = read_styles(styles, blend, report)
    start = beginning(plan.start or known(pictures), settings.seed, report)
    device = find_device(settings.device)
    network = choose_network(settings, device, report)
    lesson = Lesson(
        network,
        style_target(network, pictures, device, usual_size),
        RandomScales(training_pictures(plan.pictures, settings.seed, report)),
        settings.seed,
        batch=BATCH[device.type],
    )
    shown = _shown(pictures)
    purpose = _purpose(plan, pictures, network, settings, len(lesson.shown.pictures))
    trained = train(
        Training(
            plan.path, lesson, start, device, purpose, plan.minutes, plan.steps, shown, plan.preview
        ),
        report,
        cancel,
    )
    result = TrainedStyle(
        trained.network.cpu(),
        _card(plan, pictures, network, trained, (time.monotonic() - began) / 60, settings),
        shown,
    )
    save_trained(plan.path, result)
    if trained.steps < trained.total:
        raise Interrupted(
            cancel.signum or 0,
            f"step {trained.steps} of {trained.total}",
            f"{plan.path} holds what was learned so far; the same command goes on",
        )
    checkpoint.unlink(missing_ok=True)
    return result


def check_result(path: Path, *, replace: bool) -> None:
    """Find out before the work whether the file can be written.

    Raises:
        OutputError: another suffix, no such folder, or it exists; a folder, a device.
    """
    if path.suffix.lower() != SUFFIX:
        raise OutputError(
            f"a trained network cannot be written as '{path.suffix}'", path, f"use NAME{SUFFIX}"
        )
    disk.require_name(temporary_name(path))
    check_file(path)
    for folder in (path.parent, followed(path).parent):
        if not disk.is_folder(folder):
            missing = disk.why_missing(folder) or "is not a folder"
            advice = unfilled_home(folder) or "create it first"
            raise OutputError(f"the output's folder {missing}", folder, advice)
    if not disk.why_missing(path) and not replace:
        raise OutputError("the output exists", path, "use --overwrite to replace it")


def style_target(
    network: FeatureNetwork,
    pictures: Sequence[StylePicture],
    device: torch.device,
    sized: Callable[[Tensor], tuple[int, int]],
) -> StyleTarget:
    """Statistics of the styles, blended.

    Args:
        network: feature network.
        pictures: with their weights.
        device: of ``network``.
        sized: height and width that a style picture is brought to.
    """
    targets = []
    for one in pictures:
        picture = to_tensor(one.pixels).to(device)
        targets.append(StyleTarget.of(network, resize(picture, sized(picture)), STYLE_LAYERS))
    return StyleTarget.blend(targets, [one.weight for one in pictures])


def usual_size(picture: Tensor) -> tuple[int, int]:
    """Height and width of a style picture in a training for any clip.

    Args:
        picture: 1×3×H×W.

    Example:
        >>> usual_size(torch.zeros(1, 3, 100, 200))
        (256, 512)
    """
    height, width = picture.shape[-2:]
    scale = STYLE_SIDE / max(height, width)
    return round(height * scale), round(width * scale)


def known(pictures: Sequence[StylePicture]) -> Path | None:
    """The network that is there for the one picture of a training, which then goes on with it."""
    found = for_picture(pictures[0].identity) if len(pictures) == 1 else None
    return None if found is None else found.path


def beginning(path: Path | None, seed: int, report: Report) -> FeedForward:
    """The network that a training begins with.

    Args:
        path: of its file, or its bare name; None takes the bundled one, which knows already what
            pictures look like.
        seed: decides the weights where there is none.
        report: told which.

    Raises:
        WeightsError: the file is refused.
    """
    path = BEGINNING if path is None else located(as_network(path))
    if path == BEGINNING and disk.why_missing(path):
        report(Decision("begins with", "random weights"))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return FeedForward()
    trained = load_trained(path)
    report(Decision("begins with", f"{trained.card.name} ({trained.card.steps} steps)"))
    return trained.network


def _shown(pictures: Sequence[StylePicture]) -> NDArray[np.uint8]:
    """The styles beside each other, all of one height, for the file and the preview."""
    height = min(one.pixels.shape[0] for one in pictures)
    shown = []
    for one in pictures:
        width = max(1, round(one.pixels.shape[1] * height / one.pixels.shape[0]))
        shown.append(to_uint8(resize(to_tensor(one.pixels), (height, width))))
    return np.hstack(shown)


def _purpose(
    plan: TrainingPlan,
    pictures: Sequence[StylePicture],
    network: FeatureNetwork,
    settings: Settings,
    count: int,
) -> dict[str, str | int | float]:
    """What decides the weights, by the words of the command."""
    return {
        "styles": " ".join(f"{one.identity}×{one.weight:g}" for one in pictures),
        "features": f"{network.name} {network.digest}",
        "pictures": f"{plan.pictures or 'drawn'}, {count}",
        "seed": settings.seed,
        "device": settings.device,
        "start": str(plan.start or ""),
        "network": FORMAT,
        "borders": IN_TRAINING,
        "weights": repr(WEIGHTS),
    }


def _card(
    plan: TrainingPlan,
    pictures: Sequence[StylePicture],
    network: FeatureNetwork,
    trained: Trained,
    minutes: float,
    settings: Settings,
) -> Card:
    """What the file says of itself."""
    return Card(
        name=plan.path.stem,
        styles=tuple(
            CardStyle(name=one.name or "style", sha256=one.identity, weight=one.weight)
            for one in pictures
        ),
        widths=trained.network.widths,
        blocks=trained.network.blocks,
        features=CardFeatures(name=network.name, digest=network.digest),
        steps=trained.steps,
        minutes=round(minutes, 1),
        style_size=STYLE_SIDE,
        settings={
            "seed": settings.seed,
            "pictures": plan.pictures.name if plan.pictures else "drawn",
        },
        figures={name: round(value, 5) for name, value in trained.figures.items()},
        created_by=__version__,
    )
