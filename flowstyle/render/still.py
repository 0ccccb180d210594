"""The way of a still, in one screen: read → size → features → optimise → write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from flowstyle.core.cancel import Stopped
from flowstyle.core.device import choose_device
from flowstyle.core.errors import Interrupted, UsageError
from flowstyle.core.events import Decision, Report, ignore
from flowstyle.core.images import to_tensor
from flowstyle.core.memory import explain_out_of_memory, is_out_of_memory
from flowstyle.engines.optimised.still import reconstruct, stylize_still
from flowstyle.features.select import select_features
from flowstyle.media.pictures import MIN_SIDE, check_picture_output, read_picture, write_picture
from flowstyle.optimize.precision import choose_precision
from flowstyle.optimize.pyramid import resize
from flowstyle.render.preflight import step_of
from flowstyle.report.layout import Picture, contact_sheet, to_picture
from flowstyle.settings import Settings

LONGER_SIDE = 1024
"""Photographs larger than this are made smaller where no width is asked for."""

SWEEP = (1e-4, 1e-3, 1e-2, 1e-1)
"""The ratios α/β of the contact sheet: figure 4 of Gatys, Ecker and Bethge (CVPR 2016)."""


@dataclass(frozen=True)
class Painting:
    """What to make of a photograph.

    ``blend`` weighs the styles, ``sweep`` makes the contact sheet over :data:`SWEEP` (for which
    the settings must be in Gatys' units), ``layer`` shows instead what that layer keeps: of the
    first style its texture, without a style the photograph's content.
    """

    path: Path
    blend: tuple[float, ...] | None = None
    sweep: bool = False
    layer: str | None = None
    overwrite: bool = False


def stylize_image(
    photo: Path,
    styles: Sequence[Path],
    settings: Settings,
    painting: Painting,
    *,
    report: Report = ignore,
    stop_signal: Callable[[], int | None] = lambda: None,
) -> tuple[int, int]:
    """Paint a photograph in the style of one or several pictures, and write the result.

    Args:
        photo: a picture.
        styles: pictures; may be none for a reconstruction.
        settings: those of a video's first frame are used.
        painting: where to, and which of the kinds of result.
        report: progress, decisions, notices.
        stop_signal: asked before every iteration; a signal number ends the work.

    Returns:
        (width, height) of the picture written.

    Raises:
        FlowstyleError: see :mod:`flowstyle.core.errors`; nothing is written then.
        Interrupted: ended by ``stop_signal``.
    """
    if not styles and painting.layer is None:
        raise UsageError("no style picture was given", photo, "name one or several after the photo")
    check_picture_output(painting.path, painting.overwrite)
    content = to_tensor(read_picture(photo, report=report))
    pictures = [to_tensor(read_picture(style, report=report)) for style in styles]
    shown = photo
    if painting.layer is not None and pictures:
        shown = styles[0]
        content = _sized(pictures[0], shown, "style", LONGER_SIDE // 2, settings, report)
    else:
        content = _sized(content, shown, "photograph", LONGER_SIDE, settings, report)
    device = choose_device(settings.device)
    # L-BFGS lives on differences of gradients, which bfloat16 rounds away.
    exact = settings.precision == "auto" and (settings.optimizer == "lbfgs" or painting.layer)
    network = select_features(
        settings.features,
        settings.weights,
        device,
        choose_precision("fp32" if exact else settings.precision, device),
        settings.pooling,
        report,
    )

    def work(one: Settings) -> Tensor:
        if painting.layer is not None:
            return reconstruct(
                content.to(device),
                network,
                painting.layer,
                kind="style" if pictures else "content",
                iterations=one.first_iterations,
                seed=one.seed,
                report=report,
                should_stop=lambda: stop_signal() is not None,
            )
        return stylize_still(
            content.to(device),
            [picture.to(device) for picture in pictures],
            network,
            one,
            blend=painting.blend,
            report=report,
            should_stop=lambda: stop_signal() is not None,
        )

    try:
        if painting.sweep:
            result = _sweep(content, pictures, settings, work, report)
        else:
            result = to_picture(work(settings))
    except Stopped as stopped:
        raise Interrupted(
            stop_signal() or 0,
            stopped,
            "a picture is not gone on with: run it again from the start",
        ) from None
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        height, width = content.shape[-2:]
        step = step_of(network, settings, device)
        raise explain_out_of_memory(
            error, height, width, device=str(device), loss=step, where=shown
        ) from error
    write_picture(painting.path, result, painting.overwrite)
    return result.shape[1], result.shape[0]


def _sweep(
    content: Tensor,
    pictures: Sequence[Tensor],
    settings: Settings,
    work: Callable[[Settings], Tensor],
    report: Report,
) -> Picture:
    """Photograph, style, and the results from pure style to recognisable content."""
    shown = [to_picture(content), to_picture(_cropped(pictures[0], content))]
    captions = ["photograph", "style"]
    for ratio in SWEEP:
        report(Decision("ratio", f"content over style {ratio:g}"))
        shown.append(to_picture(work(settings.model_copy(update={"content_weight": ratio}))))
        captions.append(f"{ratio:g}")
    return contact_sheet(shown, captions, columns=3, width=content.shape[-1])


def _cropped(picture: Tensor, like: Tensor) -> Tensor:
    """The middle of a picture in the shape and size of another."""
    height, width = like.shape[-2:]
    scale = max(height / picture.shape[-2], width / picture.shape[-1])
    size = (
        max(height, round(picture.shape[-2] * scale)),
        max(width, round(picture.shape[-1] * scale)),
    )
    top, left = (size[0] - height) // 2, (size[1] - width) // 2
    return resize(picture, size)[..., top : top + height, left : left + width]


def _sized(
    picture: Tensor, path: Path, name: str, longer: int, settings: Settings, report: Report
) -> Tensor:
    """The photograph, or a style to be shown, at the size of the result."""
    height, width = picture.shape[-2:]
    size = _bounded(picture, longer)
    if settings.width is not None:
        size = (max(1, round(height * settings.width / width)), settings.width)
    if min(size) < MIN_SIDE:
        raise UsageError(
            f"a result of {size[1]}×{size[0]} pixels is too small",
            path,
            f"use at least {MIN_SIDE} pixels on each side, see --width",
        )
    report(Decision("size", f"{size[1]}×{size[0]} ({name} {width}×{height})"))
    return resize(picture, size)


def _bounded(picture: Tensor, longer: int) -> tuple[int, int]:
    """(height, width) with no side longer than asked."""
    height, width = picture.shape[-2:]
    factor = min(1.0, longer / max(height, width))
    return max(1, round(height * factor)), max(1, round(width * factor))
