"""A photograph from file to file: painted, over a range of ratios, or what a layer keeps of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from flowstyle.core.cancel import Cancelled, CancelToken
from flowstyle.core.device import find_device, reproducible
from flowstyle.core.errors import Interrupted, UsageError
from flowstyle.core.events import Decision, Notice, Report, ignore
from flowstyle.core.images import to_device, to_tensor
from flowstyle.engines.network.choose import refuse_beside_others
from flowstyle.engines.optimised.reconstruct import reconstruct
from flowstyle.guides.styles import StylePicture
from flowstyle.media.largest import check_picture_size
from flowstyle.media.picture_tags import NO_TAGS, PictureTags, read_tags
from flowstyle.media.pictures import (
    check_picture_output,
    kind_of,
    require_picture,
    write_picture,
)
from flowstyle.networks.card import is_trained
from flowstyle.optimize.pyramid import resize
from flowstyle.render.failures import memory_explained
from flowstyle.render.prepare import OWN, Parts, choose_tools
from flowstyle.render.settings_file import forget_settings, keep_picture_settings
from flowstyle.render.still import LONGER_SIDE, NOT_KEPT, named, paint_still, sized
from flowstyle.render.style_pictures import StyleLike, files_of, paths_of, pixels_of, read_styles
from flowstyle.report.layout import Picture, contact_sheet, to_picture
from flowstyle.settings import Settings

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


def paint_photograph(
    photo: Path,
    styles: Sequence[StyleLike],
    settings: Settings,
    painting: Painting,
    *,
    parts: Parts = OWN,
    report: Report = ignore,
    cancel: CancelToken | None = None,
) -> tuple[int, int]:
    """Make of a photograph what was asked for, and write it.

    Args:
        photo: a picture.
        styles: pictures; may be none for a reconstruction.
        settings: those of a shot's first frame count.
        painting: where to, and which of the kinds of result.
        parts: feature network or engine of the caller's own.
        report: progress, decisions, notices.
        cancel: asked before every iteration.

    Returns:
        (width, height) of the picture written.

    Raises:
        FlowstyleError: see :mod:`flowstyle.core.errors`; nothing is written then.
        Interrupted: cancelled.
    """
    if not styles and painting.layer is None:
        raise UsageError("no style picture was given", photo, "name one or several after the photo")
    sources = files_of([photo, *styles])
    for file in sources:
        if not is_trained(file):
            require_picture(file)  # what is missing is said before what is there already
    check_picture_output(painting.path, painting.overwrite, sources=sources)
    tags = _tags(photo, painting, report)
    if painting.layer is not None:  # of one style at most, which is not blended
        pictures = read_styles(styles[:1], report=report) if styles else ()
        result = _layer(photo, pictures, painting.layer, painting, settings, parts, report, cancel)
    else:
        refuse_beside_others(paths_of(styles))
        pictures = read_styles(styles, painting.blend, report)
        result = _painted(photo, pictures, settings, painting, parts, report, cancel)
    write_picture(painting.path, result, painting.overwrite, tags)
    if painting.layer is None and not painting.sweep:
        keep_picture_settings(painting.path, photo, pictures, settings, report)
    else:
        forget_settings(painting.path)
    return result.shape[1], result.shape[0]


def _tags(photo: Path, painting: Painting, report: Report) -> PictureTags:
    """What the photograph tells beside its pixels, and its painting keeps; what is lost is said."""
    if painting.layer is not None or painting.sweep:  # no painting of it, or several
        return NO_TAGS
    tags = read_tags(photo)
    if lost := tags.not_kept(kind_of(painting.path)):
        report(Notice(f"not kept: {', '.join(lost)}"))
    return tags


def _painted(
    photo: Path,
    pictures: Sequence[StylePicture],
    settings: Settings,
    painting: Painting,
    parts: Parts,
    report: Report,
    cancel: CancelToken | None,
) -> Picture:
    """The photograph in the style, once or over :data:`SWEEP`."""
    content = to_tensor(pixels_of(photo, report))
    content = sized(content, photo, "photograph", LONGER_SIDE, settings, report)
    _refuse_too_large(content, painting)
    tools = choose_tools(settings, parts, find_device(settings.device), report, pictures)

    if painting.sweep and not tools.optimises:
        raise UsageError(
            "a trained network has its ratio of content to style from its training",
            "--sweep",
            "give the picture itself as the style, or leave --sweep out",
        )

    def work(one: Settings) -> Tensor:
        return paint_still(content, pictures, one, tools, photo, report, cancel)

    if not painting.sweep:
        return to_picture(work(settings))
    return _sweep(content, to_tensor(pictures[0].pixels), settings, work, report)


def _refuse_too_large(content: Tensor, painting: Painting) -> None:
    """Refuse a result that its kind of file cannot hold, before it is painted.

    Args:
        content: 1×3×H×W, at the size of the result.
        painting: what is made of it.

    Raises:
        OutputError: it is too large.
    """
    height, width = content.shape[-2:]
    if painting.sweep:
        shown = [to_picture(content)] * (2 + len(SWEEP))
        height, width = _sheet(shown, ["a caption"] * len(shown), width).shape[:2]
    check_picture_size(painting.path, (width, height))


def _sheet(shown: Sequence[Picture], captions: Sequence[str], width: int) -> Picture:
    return contact_sheet(shown, captions, columns=3, width=width)


def _sweep(
    content: Tensor,
    style: Tensor,
    settings: Settings,
    work: Callable[[Settings], Tensor],
    report: Report,
) -> Picture:
    """Photograph, style, and the results from pure style to recognisable content."""
    shown = [to_picture(content), to_picture(_cropped(style, content))]
    captions = ["photograph", "style"]
    for ratio in SWEEP:
        report(Decision("ratio", f"content over style {ratio:g}"))
        shown.append(to_picture(work(settings.model_copy(update={"content_weight": ratio}))))
        captions.append(f"--alpha-beta {ratio:g}")
    return _sheet(shown, captions, content.shape[-1])


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


def _layer(
    photo: Path,
    pictures: Sequence[StylePicture],
    layer: str,
    painting: Painting,
    settings: Settings,
    parts: Parts,
    report: Report,
    cancel: CancelToken | None,
) -> Picture:
    """What a layer keeps of the first style, or of the photograph where there is no style."""
    content, where = to_tensor(pixels_of(photo, report)), str(photo)
    if pictures:
        content, where = to_tensor(pictures[0].pixels), str(pictures[0].path or pictures[0].name)
    longer = LONGER_SIDE // 2 if pictures else LONGER_SIDE
    content = sized(content, where, "style" if pictures else "photograph", longer, settings, report)
    _refuse_too_large(content, painting)
    if settings.memory is not None:
        report(Notice("--memory has no effect here: a layer is shown from the whole picture"))
    # L-BFGS, which finds it, lives on differences of gradients, which bfloat16 rounds away.
    exact = {"precision": "fp32"} if settings.precision == "auto" else {}
    settings = settings.model_copy(update=exact)
    tools = choose_tools(settings, parts, find_device(settings.device), report, pictures)
    token = cancel or CancelToken()
    try:
        size = (content.shape[-1], content.shape[-2])
        with reproducible(tools.device), memory_explained(tools, settings, size, named(where)):
            return to_picture(
                reconstruct(
                    to_device(content, tools.device),
                    tools.network,
                    layer,
                    kind="style" if pictures else "content",
                    iterations=settings.first_iterations,
                    seed=settings.seed,
                    report=report,
                    cancel=token,
                )
            )
    except Cancelled as cancelled:
        raise Interrupted(token.signum or 0, cancelled, NOT_KEPT) from None
