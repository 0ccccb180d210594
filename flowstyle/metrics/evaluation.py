"""Measures a styled clip against its source, also one that another tool made."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from flowstyle.core.errors import UsageError
from flowstyle.core.events import Notice, Progress, Report, Stage, ignore
from flowstyle.core.images import to_tensor
from flowstyle.core.types import ClipInfo, Frame
from flowstyle.features.base import FeatureNetwork
from flowstyle.features.compact import load_compact
from flowstyle.flow.protocol import FlowMethod
from flowstyle.media.cuts import CUT_LOOK_AHEAD, HardCuts
from flowstyle.media.output import work_folder
from flowstyle.media.pictures import read_picture
from flowstyle.media.probe import probe
from flowstyle.media.reader import read_frames
from flowstyle.media.thumbnails import thumbnail
from flowstyle.metrics.clip import ClipMeter
from flowstyle.metrics.grid import fine_energy
from flowstyle.metrics.judge import make_judge
from flowstyle.metrics.style import extract, style_grams
from flowstyle.metrics.summary import ClipFigures
from flowstyle.optimize.pyramid import resize, scaled
from flowstyle.settings.files import read_settings

Image = NDArray[np.uint8] | NDArray[np.uint16]
Pixels = NDArray[np.uint8] | NDArray[np.uint16]
ImagePair = tuple[Image, Image]
"""(source, styled), both H×W×3 RGB of one size."""


def evaluate(
    source: str | Path,
    styled: str | Path,
    *,
    style: str | Path | Pixels | None = None,
    style_scale: float = 1.0,
    network: FeatureNetwork | None = None,
    judge: FlowMethod | str = "auto",
    start: int = 0,
    count: int | None = None,
    rate: Fraction | None = None,
    stream: int | None = None,
    device: torch.device | str = "cpu",
    report: Report = ignore,
) -> ClipFigures:
    """Measure a styled clip against its source.

    The source is brought to the styled clip's size. Memory does not grow with the clips.

    Args:
        source: a video file, a folder of pictures or a pattern.
        styled: the same; as many frames as the source, or those from ``start`` on.
        style: the style picture, or its pixels, H×W×3 uint8 or uint16 RGB; None leaves the style
            distance out.
        style_scale: size of the style picture relative to the frame, as in the render.
        network: what measures style and content; None takes the bundled compact features.
        judge: the flow, by its name (see :func:`flowstyle.metrics.judge.make_judge`) or itself.
        start: first frame of the source, from 0.
        count: number of frames; all that follow if None.
        rate: frames a second of a folder of pictures, whose frames' times are then compared with
            the other clip's; without it they are not.
        stream: index of the video stream in the source's file; None chooses.
        device: where the network lives and images are compared.
        report: progress and notices.

    Returns:
        The figures.

    Raises:
        UsageError: the clips differ in length, times or shape of the picture.
        VideoError: one of them cannot be read.
        StyleImageError: the style picture cannot be read.

    Example:
        >>> figures = evaluate("clip.mp4", "styled.mp4", style="style.png", judge="farneback")
        >>> figures.frames, figures.warp_error.value > 0
        (3, True)
    """
    clips = matched_clips(
        source, styled, start=start, count=count, rate=rate, stream=stream, report=report
    )
    return evaluate_frames(
        clips.pairs(),
        style=None if style is None else to_tensor(_pixels(style)),
        style_scale=style_scale,
        network=network or load_compact(device=device),
        judge=judge,
        total=clips.total,
        device=device,
        report=report,
    )


def matched_clips(
    source: str | Path,
    styled: str | Path,
    *,
    start: int = 0,
    count: int | None = None,
    rate: Fraction | None = None,
    stream: int | None = None,
    report: Report = ignore,
) -> MatchedClips:
    """Two clips whose frames go together; see :func:`evaluate` for arguments and errors."""
    before = probe(Path(source), stream=stream, report=report)
    pair = _shown_at(rate, before), _shown_at(rate, probe(Path(styled)))
    in_folders = any(clip.is_folder for clip in pair)
    if rate is not None and not in_folders:
        where = f"{source} and {styled}, --fps"
        raise UsageError("both clips are videos, which have their own times", where, "leave it out")
    timed = rate is not None or not in_folders
    return replace(_matched(*pair, start, count, report), timed=timed)


def _pixels(style: str | Path | Pixels) -> Pixels:
    """A style's pixels, H×W×3."""
    return read_picture(Path(style)) if isinstance(style, str | Path) else style


def evaluate_frames(
    pairs: Iterable[ImagePair],
    *,
    style: Tensor | None = None,
    style_scale: float = 1.0,
    network: FeatureNetwork | None = None,
    judge: FlowMethod | str = "auto",
    total: int | None = None,
    cuts: Collection[int] | None = None,
    device: torch.device | str = "cpu",
    report: Report = ignore,
) -> ClipFigures:
    """Measure frames that are already decoded; see :func:`evaluate`.

    Args:
        pairs: (source, styled) frames, in order.
        style: the style picture, 1×3×H×W in [0, 1].
        style_scale: size of the style picture relative to the frame.
        network: what measures style and content; None leaves these distances out.
        judge: the flow, by its name or itself; it is told frame indices from 0.
        total: number of frames where known; style is then measured on about 12 of them, and the
            slower ones of the other figures on about 30.
        cuts: first frames of shots, counted from 0; None finds hard cuts.
        device: where the network lives and images are compared.
        report: progress.

    Returns:
        The figures.

    Raises:
        UsageError: there is no frame.
    """
    method = make_judge(judge, device) if isinstance(judge, str) else judge
    meter: ClipMeter | None = None
    for done, ((source, styled), begins) in enumerate(_with_cuts(pairs, cuts), start=1):
        if meter is None:
            grams, fine = None, None
            if style is not None:
                size = scaled(style, (styled.shape[0], styled.shape[1]), style_scale)
                painted = resize(style.to(device), size)
                fine = fine_energy(painted)
                grams = style_grams(extract(network, painted)) if network is not None else None
            meter = ClipMeter(
                method, network=network, style_grams=grams, style_fine=fine, total=total
            )
        one, other = (to_tensor(image).to(device) for image in (source, styled))
        meter.push(one, other, begins_shot=begins)
        report(Progress(Stage.MEASURING, done, total))
    if meter is None:
        raise UsageError("there is no frame to measure")
    return meter.finish()


def _shown_at(rate: Fraction | None, info: ClipInfo) -> ClipInfo:
    """A folder of pictures at a rate; other clips, and all without a rate, as they are."""
    return replace(info, rate=rate, time_base=1 / rate) if rate and info.is_folder else info


@dataclass(frozen=True)
class MatchedClips:
    """Two clips that fit, and which of their frames go together.

    ``count`` frames are compared, all that follow if None; ``total`` is their number where it is
    known. ``timed`` says that frames must be shown at the same times.
    """

    source: ClipInfo
    styled: ClipInfo
    source_start: int
    styled_start: int
    count: int | None
    total: int | None
    timed: bool = False

    def pairs(self) -> Iterator[ImagePair]:
        """Read the frames that go together; again at each call.

        Raises:
            UsageError: one clip ends early, or a frame is shown at another time.
            VideoError: one of them cannot be read.
        """
        return _pairs(self)


def _matched(
    source: ClipInfo, styled: ClipInfo, start: int, count: int | None, report: Report
) -> MatchedClips:
    """Check shape and length; find out whether the styled clip is the whole or the piece.

    Raises:
        UsageError: the clips do not fit.
    """
    where = f"{source.path} and {styled.path}"
    # As displayed: outputs without a shape of pixels hold the stretched picture.
    pixels = float(styled.sample_aspect / source.sample_aspect)
    expected = pixels * source.height * styled.width / source.width
    if abs(styled.height - expected) > max(2.0, 0.02 * expected):
        raise UsageError(
            "the clips differ in the shape of the picture: "
            f"{source.width}×{source.height} and {styled.width}×{styled.height}",
            where,
            "give the clip that the styled one was made from, uncropped",
        )
    if (source.width, source.height) != (styled.width, styled.height):
        report(
            Notice(
                f"the source ({source.width}×{source.height}) is measured at the styled clip's "
                f"size, {styled.width}×{styled.height}"
            )
        )
    if source.frames is None or styled.frames is None:
        return MatchedClips(source, styled, start, start, count, count)
    left = source.frames - start
    wanted = left if count is None else min(count, left)
    if left <= 0:
        raise UsageError(
            f"the clip ends before frame {start}", source.path, "give a smaller --start-frame"
        )
    if styled.frames == source.frames:
        return MatchedClips(source, styled, start, start, wanted, wanted)
    if styled.frames == wanted:
        return MatchedClips(source, styled, start, 0, wanted, wanted)
    if count is not None and styled.frames > wanted:
        within = _begin_within(source, styled, start, wanted)
        report(Notice(f"frame {start} of the source is compared with frame {within} of the result"))
        return MatchedClips(source, styled, start, within, wanted, wanted)
    raise UsageError(
        f"the clips differ in length: {source.frames} and {styled.frames} frames",
        where,
        "if the styled clip shows a part of the source, say which by --start-frame and --frames, "
        f"for instance {_piece_of(source, styled, min(source.frames, styled.frames))}",
    )


def _begin_within(source: ClipInfo, styled: ClipInfo, start: int, count: int) -> int:
    """Where a frame of the source stands in a clip that is neither the whole nor the piece.

    As its settings file says; without one it is taken to begin with the source, if it is long
    enough for that, and else with the frame that was asked for.

    Args:
        source: the clip before.
        styled: of more frames than are compared.
        start: the source's frame.
        count: frames that are compared.

    Raises:
        UsageError: the settings file says that it does not show them.
    """
    told, last = _told_start(styled), (styled.frames or 0) - count
    if told is None:
        return start if start <= last else 0
    if 0 <= start - told <= last:
        return start - told
    raise UsageError(
        f"the styled clip shows the source's frames {told} to {told + (styled.frames or 1) - 1}, "
        f"and not {start} to {start + count - 1}",
        styled.path,
        f"give frames that it shows, for instance {_piece_of(source, styled, count)}",
    )


def _told_start(styled: ClipInfo) -> int | None:
    """The source's frame that a result begins with, as its settings file says.

    That file lies beside the result of a render; clips of other tools have none.
    """
    try:
        file = read_settings(work_folder(styled.path).with_suffix(".toml"))
    except UsageError:
        return None
    start = file.values.get("start_frame") if file.complete else None
    return start if isinstance(start, int) else None


def _piece_of(source: ClipInfo, styled: ClipInfo, count: int) -> str:
    """The options for a styled piece of so many frames."""
    start = _told_start(styled) or 0
    fits = 0 < start <= (source.frames or 0) - count
    return f"--start-frame {start} --frames {count}" if fits else f"--frames {count}"


def _pairs(clips: MatchedClips) -> Iterator[ImagePair]:
    """See :meth:`MatchedClips.pairs`."""
    size = (clips.styled.width, clips.styled.height)
    sources = read_frames(clips.source, start=clips.source_start, count=clips.count, size=size)
    styleds = read_frames(clips.styled, start=clips.styled_start, count=clips.count)
    where = f"{clips.source.path} and {clips.styled.path}"
    first: tuple[Frame, Frame] | None = None
    for done, (source, styled) in enumerate(zip_longest(sources, styleds)):
        if source is None or styled is None:
            shorter = clips.source.path if source is None else clips.styled.path
            raise UsageError(
                f"the clips differ in length: after {done} frames one of them ends",
                shorter,
                "give clips of the same length, or --frames",
            )
        first = first or (source, styled)
        if clips.timed:
            due = (source.pts - first[0].pts) * clips.source.time_base
            shown = (styled.pts - first[1].pts) * clips.styled.time_base
            if abs(due - shown) > _half_a_frame(clips.source):
                raise UsageError(
                    f"frame {done} is shown at {float(due):.3f} s in the source "
                    f"and at {float(shown):.3f} s in the styled clip",
                    where,
                    "give a styled clip with the source's frame times, or folders of frames",
                )
        yield source.image, styled.image


def _half_a_frame(info: ClipInfo) -> Fraction:
    return 1 / (2 * info.rate) if info.rate > 0 else Fraction(1, 50)


def _with_cuts(
    pairs: Iterable[ImagePair], cuts: Collection[int] | None
) -> Iterator[tuple[ImagePair, bool]]:
    """Each pair with whether it begins a shot; a few pairs wait while that is found out."""
    if cuts is not None:
        yield from ((pair, index in cuts) for index, pair in enumerate(pairs))
        return
    detector = HardCuts()  # passages would let too many pairs wait
    found: set[int] = set()
    waiting: deque[tuple[int, ImagePair]] = deque()
    for index, pair in enumerate(pairs):
        waiting.append((index, pair))
        found.update(detector.push(index, thumbnail(pair[0])))
        if len(waiting) > CUT_LOOK_AHEAD:
            oldest, ready = waiting.popleft()
            yield ready, oldest in found
    found.update(detector.flush())
    yield from ((pair, index in found) for index, pair in waiting)
