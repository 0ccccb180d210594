"""Fits a trained network to one clip before it is painted, on the clip's own frames."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from flowstyle.core.cancel import CancelToken
from flowstyle.core.errors import Interrupted, UsageError, WeightsError
from flowstyle.core.events import Decision, Report
from flowstyle.core.images import to_tensor, to_uint8
from flowstyle.engines.network.engine import NetworkEngine
from flowstyle.media.output import work_folder
from flowstyle.media.reader import read_frames
from flowstyle.networks.card import SUFFIX
from flowstyle.networks.feed_forward import IN_TRAINING, FeedForward
from flowstyle.networks.file import TrainedStyle, load_trained, save_trained
from flowstyle.optimize.pyramid import scaled
from flowstyle.render.prepare import Plan
from flowstyle.render.style_pictures import read_styles
from flowstyle.render.train_style import style_target
from flowstyle.storage.fingerprint import file_identity
from flowstyle.training.checkpoint import checkpoint_of
from flowstyle.training.loss import training_loss
from flowstyle.training.session import Trained, Training, train
from flowstyle.training.trainer import Lesson, shown_in
from flowstyle.training.windows import Windows

LEARNED = 48
"""Most frames that are learned from."""
FURTHEST = 3000
"""Frames of the render that they are taken from: what is skipped is decoded too."""
JUDGED = 8
"""Batches that tell what was gained."""
TUNED = "tuned for"
BATCH = {"cpu": 1, "cuda": 4}
"""Windows of a step."""


def with_tuned_network(plan: Plan, seconds: float, report: Report, cancel: CancelToken) -> Plan:
    """The render with a network that knows its clip; trained, or taken up where it is there.

    The network lies beside the result as ``NAME.tuned.safetensors`` and serves other renders too.

    Args:
        plan: of a render by a network.
        seconds: of training.
        report: told what was gained.
        cancel: asked before each step.

    Raises:
        UsageError: no network paints.
        Interrupted: cancelled; the same command goes on with the training.
    """
    engine = plan.tools.engine
    if not isinstance(engine, NetworkEngine) or engine.trained is None:
        raise UsageError(
            "there is no trained network to be tuned",
            "--tune",
            "give --engine network or a NAME.safetensors as the style, or leave --tune out",
        )
    path, purpose = _place(plan), _purpose(plan, engine)
    known = _kept(path, purpose)
    if known is not None:
        report(Decision("tuning", f"{path.name} is there already"))
    else:
        known = _train(plan, engine.trained, path, (seconds, purpose), report, cancel)
    return _painted_by(known, path, plan)


def as_tuned_before(plan: Plan) -> Plan | None:
    """The render with the network that was tuned for it, None where there is none.

    Args:
        plan: of a render.
    """
    engine, path = plan.tools.engine, _place(plan)
    known = _kept(path, _purpose(plan, engine)) if isinstance(engine, NetworkEngine) else None
    return None if known is None else _painted_by(known, path, plan)


def _place(plan: Plan) -> Path:
    """Where the tuned network lies."""
    return work_folder(plan.path).with_suffix(f".tuned{SUFFIX}")


def _kept(path: Path, purpose: str) -> TrainedStyle | None:
    """The network that was tuned for this purpose, if it is there."""
    if not path.exists():
        return None
    try:
        known = load_trained(path)
    except WeightsError:  # of an earlier format, or damaged: it is trained anew
        return None
    return known if known.card.settings.get(TUNED) == purpose else None


def _painted_by(known: TrainedStyle, path: Path, plan: Plan) -> Plan:
    """The same render as if the tuned network had been given as its style."""
    tools = replace(plan.tools, engine=NetworkEngine(known))
    return replace(plan, tools=tools, styles=read_styles([path]))


def _purpose(plan: Plan, engine: NetworkEngine) -> str:
    """What a tuned network is known again by: all that decides what is learned but the time."""
    clip, settings = plan.clip, plan.settings
    about = {
        "clip": file_identity(clip.pictures or clip.path),
        "piece": [settings.start_frame, settings.frames, list(plan.size)],
        "network": engine.digest,
        "features": plan.tools.network.digest,
        "style scale": settings.style_scale,
        "borders": IN_TRAINING,
        "seed": settings.seed,
    }
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def _train(
    plan: Plan,
    known: TrainedStyle,
    path: Path,
    what: tuple[float, str],
    report: Report,
    cancel: CancelToken,
) -> TrainedStyle:
    """Train, write the file, say what came of it."""
    (seconds, purpose), device = what, plan.tools.device
    frames = _learned_from(plan)
    sized = partial(_style_size, size=frames[0].shape[:2], scale=plan.settings.style_scale)
    lesson = Lesson(
        plan.tools.network,
        style_target(plan.tools.network, plan.styles, device, sized),
        Windows(frames),
        plan.settings.seed,
        batch=BATCH[device.type],
    )
    training = Training(
        path,
        lesson,
        known.network,
        device,
        {TUNED: purpose},
        seconds / 60,
        None,
        known.picture,
        preview=False,
    )
    trained = train(training, report, cancel)
    if trained.steps < trained.total:
        where = f"tuning, step {trained.steps} of {trained.total}"
        raise Interrupted(cancel.signum or 0, where, "the same command goes on with the tuning")
    before, after = (_judged(lesson, net, device) for net in (known.network, trained.network))
    gained = ", ".join(f"{name} {before[name]:.3g} → {after[name]:.3g}" for name in before)
    result = _result(known, trained, path, seconds, purpose)
    save_trained(path, result)
    checkpoint_of(path).unlink(missing_ok=True)
    report(Decision("tuning", f"{trained.steps} steps on {len(frames)} frames: {gained}"))
    report(Decision("tuned network", f"{path}, for this clip; other renders may use it"))
    return load_trained(path)


def _result(
    known: TrainedStyle, trained: Trained, path: Path, seconds: float, purpose: str
) -> TrainedStyle:
    card = known.card.model_copy(
        update={
            "name": path.stem,
            "steps": known.card.steps + trained.steps,
            "minutes": round(known.card.minutes + seconds / 60, 1),
            "settings": {**known.card.settings, TUNED: purpose},
            "figures": {name: round(value, 5) for name, value in trained.figures.items()},
        }
    )
    return TrainedStyle(trained.network.cpu(), card, known.picture)


def _learned_from(plan: Plan) -> list[NDArray[np.uint8]]:
    """Frames of the render, evenly taken."""
    count = min(FURTHEST, plan.total or FURTHEST)
    every = -(-count // LEARNED)
    start = plan.settings.start_frame
    frames = read_frames(plan.clip, start=start, count=count, size=plan.size)
    chosen = (frame.image for frame in frames if (frame.index - start) % every == 0)
    return [to_uint8(to_tensor(image)) for image in chosen]  # of 16 bits perhaps


def _style_size(picture: Tensor, size: tuple[int, int], scale: float) -> tuple[int, int]:
    """As the optimiser has it for such frames, but not enlarged, which would blur the strokes."""
    height, width = picture.shape[-2:]
    return min(scaled(picture, size, scale), (height, width))  # of one shape: both sides or none


def _judged(lesson: Lesson, network: FeedForward, device: torch.device) -> dict[str, float]:
    """Means of the terms of the loss over the same windows for every network."""
    network = network.to(device).eval()
    sums: dict[str, float] = {}
    with torch.no_grad():
        for number in range(JUDGED):
            frame = shown_in(lesson, number, late=True).to(device)
            _, terms = training_loss(lesson.features, lesson.style, frame, network(frame))
            for name in ("style", "content"):
                sums[name] = sums.get(name, 0.0) + float(terms[name]) / JUDGED
    return sums
