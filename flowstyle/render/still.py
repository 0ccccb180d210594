"""The way of a still, in one screen: read → size → features → paint like a shot's first frame."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from flowstyle.core.cancel import Cancelled, CancelToken
from flowstyle.core.colour import keep_colours
from flowstyle.core.device import find_device, reproducible
from flowstyle.core.errors import Interrupted, UsageError
from flowstyle.core.events import Decision, Report, Stage, ignore
from flowstyle.core.images import to_device, to_tensor, to_uint8
from flowstyle.engines.answer import checked
from flowstyle.engines.optimised.iterations import scaled_iterations
from flowstyle.engines.protocol import EngineContext, ShotOpening
from flowstyle.guides.styles import ConstantStyles, StylePicture
from flowstyle.media.pictures import MIN_SIDE
from flowstyle.optimize.pyramid import resize
from flowstyle.render.failures import memory_explained
from flowstyle.render.passes import memory_for
from flowstyle.render.prepare import OWN, Parts, Tools, choose_tools
from flowstyle.render.style_pictures import PictureLike, StyleLike, pixels_of, read_styles
from flowstyle.settings import Settings, given_settings
from flowstyle.temporal.task import FrameTask

LONGER_SIDE = 1024
"""Photographs larger than this are made smaller where no width is asked for."""

NOT_KEPT = "a picture is not gone on with: run it again from the start"


def stylize_image(
    photo: PictureLike,
    styles: Sequence[StyleLike],
    settings: Settings | None = None,
    *,
    blend: Sequence[float] | None = None,
    parts: Parts = OWN,
    report: Report = ignore,
    cancel: CancelToken | None = None,
) -> NDArray[np.uint8]:
    """Paint a photograph in the style of one or several pictures.

    It goes through the same engine as the first frame of a shot, whose settings count.

    Args:
        photo: a path, a Pillow picture, an array or a tensor.
        styles: pictures of the same kinds.
        settings: None takes the preset ``still``.
        blend: weight of each style; None weighs them alike.
        parts: feature network or engine of the caller's own.
        report: progress, decisions, notices.
        cancel: asked before every iteration.

    Returns:
        H×W×3 RGB.

    Raises:
        FlowstyleError: see :mod:`flowstyle.core.errors`.
        Interrupted: cancelled.

    Example:
        >>> photo = np.full((20, 24, 3), 90, np.uint8)
        >>> quick = Settings.from_preset("still", features="compact", first_iterations=1)
        >>> stylize_image(photo, [photo], quick).shape
        (20, 24, 3)
    """
    settings = given_settings(settings, "still")
    with torch.inference_mode(False):  # which leaves tensors that no gradient can pass
        content = to_tensor(pixels_of(photo, report))
        pictures = read_styles(styles, blend)
        content = sized(content, photo, "photograph", LONGER_SIDE, settings, report)
        tools = choose_tools(settings, parts, find_device(settings.device), report, pictures)
        painted = paint_still(content, pictures, settings, tools, photo, report, cancel)
        return to_uint8(painted)


def paint_still(
    content: Tensor,
    pictures: Sequence[StylePicture],
    settings: Settings,
    tools: Tools,
    where: object,
    report: Report,
    cancel: CancelToken | None,
) -> Tensor:
    """Paint a picture at its own size.

    Args:
        content: 1×3×H×W, [0, 1].
        pictures: the styles.
        settings: those of a shot's first frame count.
        tools: what paints.
        where: names the picture in messages.
        report: told the progress.
        cancel: asked before every iteration.

    Returns:
        1×3×H×W, [0, 1], on the device that paints.

    Raises:
        NotFiniteError: twice not finite, also with half the step.
        OutOfMemoryError: with the size that would fit.
        Interrupted: cancelled.
    """
    cancel = cancel or CancelToken()
    settings = tools.engine.adapted(settings)
    if tools.refines:
        count = scaled_iterations(settings.iterations, settings.effort)
        report(Decision("engine", f"a trained network and {count} iterations of the optimiser"))
    size = (content.shape[-1], content.shape[-2])
    context = EngineContext(
        settings,
        tools.device,
        tools.network,
        tools.style_loss,
        report,
        cancel,
        tools.largest_pass(settings, size, report, clip=False),
    )
    photo = to_device(content, tools.device)
    styles = ConstantStyles.of(pictures, tools.device)
    if settings.match_colors:
        styles = styles.matched_to(photo)
    try:
        with (
            reproducible(tools.device),
            memory_explained(tools, settings, size, named(where)),
            memory_for(context.largest_pass),
        ):
            painter = tools.engine.open(ShotOpening(0, photo), styles, context)
            painted = painter.paint(FrameTask(0, 0, Stage.PICTURE, photo))
            image = checked(painted, photo).image
    except Cancelled as cancelled:
        raise Interrupted(cancel.signum or 0, cancelled, NOT_KEPT) from None
    return keep_colours(image, photo) if settings.original_colors else image


def sized(
    picture: Tensor, where: object, name: str, longer: int, settings: Settings, report: Report
) -> Tensor:
    """The photograph, or a style to be shown, at the size of the result.

    Args:
        picture: 1×3×H×W.
        where: names it in messages.
        name: what it is.
        longer: no side becomes longer than this where no width is asked for.
        settings: the width.
        report: told the decision.

    Raises:
        UsageError: the result would be too small.
    """
    height, width = picture.shape[-2:]
    factor = min(1.0, longer / max(height, width))
    size = (max(1, round(height * factor)), max(1, round(width * factor)))
    if settings.width is not None:
        size = (max(1, round(height * settings.width / width)), settings.width)
    if min(size) < MIN_SIDE:
        raise UsageError(
            f"a result of {size[1]}×{size[0]} pixels is too small",
            named(where),
            f"use at least {MIN_SIDE} pixels on each side, see --width",
        )
    report(Decision("size", f"{size[1]}×{size[0]} ({name} {width}×{height})"))
    return resize(picture, size)


def named(picture: object) -> str:
    """A picture in messages: its path, or that a program gave it."""
    return str(picture) if isinstance(picture, str | Path) else "a picture given by a program"
