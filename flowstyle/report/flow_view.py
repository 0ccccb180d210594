"""``flowstyle flow`` and ``flowstyle mask``: what a clip's flow looks like, and where it holds.

probe → find shots and the length of their motion on small frames → read again → flow, both
directions → trust masks → a sheet for each frame → write. Frames are streamed; only one number a
frame is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from flowstyle.core.cancel import CancelToken
from flowstyle.core.device import find_device
from flowstyle.core.errors import Interrupted, OutputError, UsageError, VideoError
from flowstyle.core.events import Decision, Notice, Progress, Report, Stage, ignore
from flowstyle.core.files import followed, write_atomic
from flowstyle.core.images import to_tensor
from flowstyle.core.plain import one_line
from flowstyle.core.types import ClipInfo, Frame, fitted
from flowstyle.flow.colours import radius_of
from flowstyle.flow.estimate import both_ways
from flowstyle.flow.masks import TrustMasks, reference_trust, trust_masks
from flowstyle.flow.methods.dis import DisFlow
from flowstyle.flow.methods.files import flow_name, read_flow, write_flo
from flowstyle.flow.protocol import FlowMethod
from flowstyle.flow.registry import make_flow
from flowstyle.flow.warp import warp
from flowstyle.media.clip_writer import open_writer
from flowstyle.media.frame_names import remarks
from flowstyle.media.frame_writer import FrameWriter
from flowstyle.media.output import check_output, lost_rate
from flowstyle.media.pictures import check_picture_output
from flowstyle.media.probe import probe
from flowstyle.media.reader import read_frames
from flowstyle.media.shots import CutDetector, split
from flowstyle.report.layout import Picture
from flowstyle.report.sheets import Motion, flow_sheet

CheckStop = Callable[[object], None]
"""Called with how far the work came; raises to end it."""

SURVEY_WIDTH = 192
"""Width of the frames on which shots and the length of their motion are found."""
SMALLEST_RADIUS = 1.0
"""Radius in pixels of the wheel in a shot that stands still, so that noise stays pale."""


@dataclass(frozen=True)
class ShotView:
    """One shot: its first and last frame in the clip, from 0, and the wheel's radius in pixels."""

    first: int
    last: int
    radius: float


@dataclass(frozen=True)
class FlowView:
    """What was written, and how well the flow explains the clip.

    ``trusted`` is the mean of the trust masks; ``warp_error`` the mean absolute difference between
    each frame and the previous one warped, over trusted pixels, in [0, 1]. Both are None for a
    clip without two frames in a shot.
    """

    path: Path
    frames: int
    size: tuple[int, int]
    flow: str
    shots: tuple[ShotView, ...]
    trusted: float | None
    warp_error: float | None

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON types."""
        return {**asdict(self), "path": str(self.path)}

    def summary(self) -> str:
        """One line for a person."""
        line = f"{one_line(self.path)}: {self.frames} frames, flow by {self.flow}"
        if self.trusted is None or self.warp_error is None:
            return line
        error = 255 * self.warp_error
        return f"{line}, {self.trusted:.1%} trusted, warp error {error:.2f}/255 there"


def view_flow(
    clip: str | Path,
    output: str | Path | None = None,
    *,
    start: int = 0,
    count: int | None = None,
    width: int | None = None,
    rate: Fraction | None = None,
    stream: int | None = None,
    flow: FlowMethod | str = "auto",
    write_flo: Path | None = None,
    overwrite: bool = False,
    report: Report = ignore,
    cancel: CancelToken | None = None,
) -> FlowView:
    """Draw a clip's flow, masks, warped frames and warp error.

    Args:
        clip: a video file or a folder of pictures.
        output: a video, or pictures numbered as the clip counts; None: ``CLIP_flow.mp4`` here.
        start: first frame, from 0.
        count: number of frames; None for all.
        width: at which flow is estimated; None for the clip's own.
        rate: frames a second of a folder of pictures; None for 24.
        stream: index of the video stream in the file; None chooses.
        flow: a method, or what :func:`flowstyle.flow.registry.make_flow` takes.
        write_flo: folder for ``.flo`` files of both directions, at the size of the estimate.
        overwrite: replace existing results.
        report: told of decisions and progress.
        cancel: asked before every frame.

    Returns:
        What was written.

    Raises:
        FlowstyleError: anything the user can do something about.
        Interrupted: cancelled; no video is written, the .flo files so far are whole.

    Example:
        >>> view_flow("clip.mp4", "flow.mp4", flow="dis").frames
        3
    """
    stop = _stop_by(cancel or CancelToken(), write_flo)
    clip = Path(clip)
    info = probe(clip, rate=rate, stream=stream, report=report)
    path = Path(output) if output is not None else _usual_output(clip)
    check_output(path, overwrite=overwrite, sources=(clip,))
    for remark in (*remarks(info.pictures), lost_rate(rate, path)):
        if remark:
            report(Notice(remark))
    old = set() if write_flo is None else _prepare_folder(write_flo, overwrite)
    size = _size(info, width)
    device = find_device("auto")
    estimate = make_flow(flow, device) if isinstance(flow, str) else flow
    report(Decision("flow", f"{estimate.name}, frames of {size[0]}×{size[1]}"))
    spans = survey(info, start=start, count=count, width=size[0], report=report, stop=stop)

    total = spans[-1].last - spans[0].first + 1
    seen: list[tuple[float, float]] = []
    with _writer(path, info, start, overwrite=overwrite, report=report) as writer:
        previous: Tensor | None = None
        for frame, shot in _with_shots(
            read_frames(info, start=start, count=total, size=size), spans
        ):
            stop(f"frame {frame.index}")
            current = to_tensor(frame.image).to(device)
            view = None
            if frame.index > shot.first and previous is not None:
                view = _look(estimate, current, previous, frame.index)
                seen.append((float(view.masks.trust.mean()), view.error))
                if write_flo is not None:
                    old -= _write_both(write_flo, frame.index, view)
            sheet = _sheet(current, previous, view, shot, frame.index, info)
            writer.write(Frame(frame.index, frame.pts, frame.duration, sheet))
            report(Progress(Stage.FLOW, frame.index - start + 1, total))
            previous = current
    if old:
        report(Notice(f"{len(old)} .flo files of an earlier run remain in {write_flo}"))
    trusted, error = np.mean(seen, axis=0).tolist() if seen else (None, None)
    return FlowView(path, total, size, estimate.name, tuple(spans), trusted, error)


def survey(
    info: ClipInfo,
    *,
    start: int = 0,
    count: int | None = None,
    width: int,
    report: Report = ignore,
    stop: CheckStop = lambda where: None,
) -> list[ShotView]:
    """Find the shots and how far things move in each, on small frames with draft flow.

    Args:
        info: the clip.
        start: first frame, from 0.
        count: number of frames; None for all.
        width: of the frames for which the radius is wanted.
        report: told of progress.
        stop: called before every frame; may raise.

    Returns:
        The shots; at least one.

    Raises:
        VideoError: the clip has no frames there, or cannot be read.
    """
    size = _size(info, min(SURVEY_WIDTH, info.width))
    estimate, detector = DisFlow("draft"), CutDetector()
    lengths: list[float] = []
    cuts: list[int] = []
    previous: Tensor | None = None
    for frame in read_frames(info, start=start, count=count, size=size):
        stop(f"frame {frame.index}, finding shots")
        current = to_tensor(frame.image)
        if previous is None:
            lengths.append(0.0)
        else:
            lengths.append(radius_of(estimate(current, previous)[0].numpy()))
        cuts += detector.push(frame.index, frame.image)
        report(Progress(Stage.SHOTS, len(lengths), count))
        previous = current
    cuts += detector.flush()
    if not lengths:
        raise VideoError("there are no frames to look at", info.path, "give more --frames")
    scale = width / size[0]
    return [
        ShotView(
            shot.first,
            shot.last,
            # The first frame's flow crosses the cut.
            max(
                [
                    SMALLEST_RADIUS,
                    *(scale * x for x in lengths[shot.first - start + 1 :][: len(shot) - 1]),
                ]
            ),
        )
        for shot in split(start, start + len(lengths) - 1, cuts)
    ]


def write_mask(flow: Path, reverse: Path, output: Path, *, overwrite: bool = False) -> None:
    """Write the trust mask of a flow by the rule of Ruder et al. as an 8-bit grey PNG.

    Args:
        flow: target → source, ``.flo`` or KITTI ``.png``.
        reverse: source → target.
        output: ``.png``.
        overwrite: replace an existing file.

    Raises:
        VideoError: a flow cannot be read, has unknown vectors, or their sizes differ.
        OutputError: the mask cannot be written there, or would replace a flow.
    """
    if output.suffix.lower() != ".png":
        raise OutputError("masks are written as .png", output, "let the name end in .png")
    check_picture_output(output, overwrite, sources=(flow, reverse))
    first, second = _dense(flow), _dense(reverse)
    if first.shape != second.shape:
        raise VideoError(
            f"the flows differ in size: {first.shape[3]}×{first.shape[2]} and "
            f"{second.shape[3]}×{second.shape[2]}",
            reverse,
            "give both directions of the same pair of frames",
        )
    trust = reference_trust(first, second)[0, 0].numpy()
    picture = cv2.imencode(".png", np.floor(255 * trust).astype(np.uint8))[1]
    write_atomic(followed(output), picture.tobytes())


def _stop_by(cancel: CancelToken, write_flo: Path | None) -> CheckStop:
    """What ends the work where the caller asks for it, and says what is kept."""
    advice = "nothing was kept: run it again from the start"
    if write_flo is not None:
        advice = (
            f"the files in {write_flo} so far are whole; run it again from the start, with "
            "--overwrite"
        )

    def stop(where: object) -> None:
        if cancel.cancelled:
            raise Interrupted(cancel.signum or 0, where, advice)

    return stop


@dataclass(frozen=True)
class _Look:
    """Flow of a frame to the previous one and back, and what it is worth."""

    flow: Tensor
    reverse: Tensor
    masks: TrustMasks
    error: float


def _look(estimate: FlowMethod, current: Tensor, previous: Tensor, index: int) -> _Look:
    flow, reverse = both_ways(estimate, current, previous, (index, index - 1))
    masks = trust_masks(flow, reverse, current, previous)
    difference = (warp(previous, flow) - current).abs().mean(dim=1, keepdim=True)
    total = masks.trust.sum().clamp_min(1e-6)
    return _Look(flow, reverse, masks, float((difference * masks.trust).sum() / total))


def _writer(
    path: Path, info: ClipInfo, first: int, *, overwrite: bool, report: Report
) -> FrameWriter:
    """What takes the sheets: their pixels are square, and each has its frame's number."""
    square = replace(info, sample_aspect=Fraction(1))
    return open_writer(path, square, audio="none", first=first, overwrite=overwrite, report=report)


def _sheet(
    current: Tensor,
    previous: Tensor | None,
    view: _Look | None,
    shot: ShotView,
    index: int,
    info: ClipInfo,
) -> Picture:
    """What is shown of one frame, as players show its pixels."""
    motion = None
    if view is not None and previous is not None:
        motion = Motion(previous, view.flow, view.masks)
    shape = float(info.sample_aspect or 1)
    return flow_sheet(current, motion, shot.radius, title=f"frame {index}", pixel_shape=shape)


def _usual_output(clip: Path) -> Path:
    """``CLIP_flow.mp4`` in the current folder."""
    named = clip if clip.name not in ("", "..") else clip.resolve()
    return Path(f"{named.stem}_flow.mp4")


def _with_shots(frames: Iterator[Frame], shots: list[ShotView]) -> Iterator[tuple[Frame, ShotView]]:
    """Give each frame the shot it belongs to."""
    following = iter(shots)
    shot = next(following)
    for frame in frames:
        while frame.index > shot.last:
            shot = next(following)
        yield frame, shot


def _size(info: ClipInfo, width: int | None) -> tuple[int, int]:
    """(width, height) of the picture, refused where it is too small."""
    if width is not None and width < 16:
        raise UsageError(f"a width of {width} is too small", "--width", "use at least 16")
    return fitted(info, width)


def _write_both(folder: Path, index: int, view: _Look) -> set[str]:
    """Write the files of a pair of frames; their names."""
    pair = ((index, index - 1, view.flow), (index - 1, index, view.reverse))
    names = set()
    for target, source, vectors in pair:
        name = f"{flow_name(target, source)}.flo"
        write_flo(folder / name, vectors[0].cpu().numpy())
        names.add(name)
    return names


def _prepare_folder(folder: Path, overwrite: bool) -> set[str]:
    """Make the folder for .flo files; refuse to replace others; names of those it holds."""
    if folder.exists() and not folder.is_dir():
        raise OutputError("the folder for .flo files is a file", folder, "give another name")
    if folder.is_dir() and not overwrite and any(folder.glob("*.flo")):
        raise OutputError("the folder holds .flo files already", folder, "add --overwrite")
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputError(
            f"the folder cannot be made ({reason})", folder, "make its parent folder first"
        ) from error
    return {path.name for path in folder.glob("*.flo")}


def _dense(path: Path) -> Tensor:
    flow, valid = read_flow(path)
    if not valid.all():
        raise VideoError(
            f"{np.count_nonzero(~valid)} vectors of the flow are unknown", path, "give dense flow"
        )
    return torch.from_numpy(flow)[None]
