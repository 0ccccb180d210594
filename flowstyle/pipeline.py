"""The way of a clip, in one screen.

probe → read → cut into shots → flow, both directions → trust masks → stylise → commit → write →
report. Reading, flow, committing and writing run on threads of their own beside the optimisation.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from flowstyle.disk import frames_bytes, preflight
from flowstyle.errors import Interrupted, UsageError
from flowstyle.evaluate import evaluate_frames
from flowstyle.events import Decision, Report, ignore
from flowstyle.features.base import FeatureNetwork, weights_digest
from flowstyle.features.select import select_features
from flowstyle.flow.estimate import Flow, make_flow
from flowstyle.flow.files import FolderFlow
from flowstyle.memory import explain_out_of_memory, is_out_of_memory
from flowstyle.metrics.summary import ClipFigures
from flowstyle.optimize.precision import choose_precision
from flowstyle.pictures import read_picture
from flowstyle.render.debug import DebugPictures
from flowstyle.render.encode import Encoder, finished
from flowstyle.render.ingest import Ingest
from flowstyle.render.store import FrameStore, to_tensor, to_uint16
from flowstyle.settings import Settings
from flowstyle.stylize.engine import Engine, Stopped
from flowstyle.stylize.pairs import FlowPairs, pairs_kept
from flowstyle.stylize.sequence import Sequence as ShotSequence
from flowstyle.types import ClipInfo
from flowstyle.video.output import keeps_alpha, work_folder
from flowstyle.video.probe import probe
from flowstyle.video.reader import OnCorrupt
from flowstyle.video.writer import check_output, open_writer
from flowstyle.workdir import WorkDir, file_identity, machine_identity


@dataclass(frozen=True)
class Output:
    """How the result is written; none of it changes the stylised frames.

    Args:
        path: a video file, or a folder or pattern of pictures; None: ``CLIP_STYLE.mp4`` in the
            current folder.
        codec: None takes the usual one of the file's suffix.
        pixel_format: None takes the codec's usual one.
        quality: constant quality of the codec; None takes a good one.
        overwrite: replace an existing output, at the very end.
        restart: set earlier work aside instead of resuming it.
        debug: write debug pictures into the work folder.
        measure: measure the result when it is done.
        on_corrupt: ``stop`` at damaged frames, or ``repeat`` the one before.
    """

    path: Path | None = None
    codec: str | None = None
    pixel_format: str | None = None
    quality: int | None = None
    overwrite: bool = False
    restart: bool = False
    debug: bool = False
    measure: bool = True
    on_corrupt: OnCorrupt = "stop"


@dataclass(frozen=True)
class Rendered:
    """What a render gave.

    ``repeated`` lists the frames that stand in for damaged ones; with any, the result is degraded
    (exit code 3). ``cuts`` are the first frames of shots.
    """

    path: Path
    frames: int
    size: tuple[int, int]
    seconds: float
    cuts: list[int] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)
    features: str = ""
    figures: ClipFigures | None = None

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON types."""
        figures = None if self.figures is None else self.figures.as_dict()
        return {**asdict(self), "path": str(self.path), "figures": figures}

    def summary(self) -> str:
        """One line for a person."""
        each = self.seconds / max(1, self.frames)
        line = f"{self.path}: {self.frames} frames, {self.seconds:.0f} s ({each:.2f} s a frame)"
        if self.repeated:
            line += f"; damaged frames repeated: {', '.join(map(str, self.repeated))}"
        return line


def stylize_video(
    clip: Path,
    styles: Sequence[Path],
    settings: Settings,
    output: Output = Output(),
    *,
    report: Report = ignore,
    stop_signal: Callable[[], int | None] = lambda: None,
) -> Rendered:
    """Paint a clip in the style of one or several pictures.

    Args:
        clip: a video file, a folder of pictures, or a pattern such as ``frames/%04d.png``.
        styles: the pictures.
        settings: what decides the pixels.
        output: where and how the result is written.
        report: progress, decisions, notices.
        stop_signal: asked before every iteration; a signal number ends the render, and what is
            finished stays committed.

    Returns:
        What was rendered.

    Raises:
        FlowstyleError: see :mod:`flowstyle.errors`; everything committed stays for a resume.
        Interrupted: ended by ``stop_signal``.
    """
    began = time.monotonic()
    path = output.path or Path(f"{clip.stem or clip.name}_{styles[0].stem}.mp4")
    info = probe(clip)
    check_output(path, codec=output.codec, overwrite=output.overwrite)
    size = render_size(info, settings)
    device = choose_device(settings.device)
    pictures = [to_tensor(read_picture(style)) for style in styles]
    network = select_features(
        settings.features,
        weights=settings.weights,
        device=device,
        dtype=render_precision(settings, device),
        pooling=settings.pooling,
        report=report,
    )
    flow = make_flow(settings.flow, device, settings.flow_quality)
    report(Decision("flow", flow.name))
    report(Decision("size", f"{size[0]}×{size[1]} (clip {info.width}×{info.height})"))
    total = frame_total(info, settings)
    keep_alpha = info.has_alpha and keeps_alpha(path, output.codec)

    with ExitStack() as stack:
        workdir = stack.enter_context(
            WorkDir.open(
                work_folder(path),
                fingerprint(info, styles, settings, network, flow, device, keep_alpha),
                restart=output.restart,
                report=report,
            )
        )
        warn_of_a_full_disk(workdir.path, total, size, settings, report)
        store = FrameStore(workdir)
        engine = Engine(
            network,
            pictures,
            settings,
            device,
            should_stop=lambda: stop_signal() is not None or encoder.failed,
        )
        pairs = FlowPairs(
            flow,
            store.source,
            first=settings.start_frame,
            keep=pairs_kept(size, settings.sweeps + 1),
        )
        stack.callback(pairs.close)
        ingest = Ingest(
            store,
            info,
            settings,
            size,
            output.on_corrupt,
            keep_alpha=keep_alpha,
        )
        encoder = Encoder(
            store,
            lambda: open_writer(
                path,
                info,
                codec=output.codec,
                pixel_format=output.pixel_format,
                quality=output.quality,
                audio="all" if whole_clip(settings) else "window",
                overwrite=output.overwrite,
                report=report,
            ),
            original_colors=settings.original_colors,
            start_frame=settings.start_frame,
            deep=info.bit_depth > 8,
        )
        stack.callback(store.stop)
        ingest.start()
        encoder.start()
        watch = DebugPictures(workdir.path, store) if output.debug else None
        sequence = ShotSequence(
            store, engine, pairs, settings, total=total, report=report, watch=watch
        )
        try:
            sequence.run()
        except Stopped as stopped:
            store.stop()
            store.flush()
            encoder.result()
            raise Interrupted(stop_signal() or 0, str(stopped)) from None
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            raise explain_out_of_memory(
                error,
                size[1],
                size[0],
                device=str(device),
                loss=step_of(network, settings, device),
            ) from None
        frames = encoder.result()
        cuts = ", ".join(map(str, store.cuts))
        report(Decision("shots", f"cuts before frames {cuts}" if cuts else "one, no cuts found"))
        figures = (
            measure(store, pictures, network, settings, device, report) if output.measure else None
        )
    seconds = time.monotonic() - began
    return Rendered(
        path, frames, size, seconds, store.cuts, store.repeated(), network.name, figures
    )


def measure(
    store: FrameStore,
    pictures: Sequence[Tensor],
    network: FeatureNetwork,
    settings: Settings,
    device: torch.device,
    report: Report,
) -> ClipFigures:
    """Measure the finished frames against their source, as ``flowstyle eval`` does.

    The judge is Farneback's flow: not the render's, and quick enough to run after every render.
    """
    frames = (
        (
            to_uint16(store.source(index)),
            to_uint16(finished(store, index, original_colors=settings.original_colors)),
        )
        for index in range(store.count)
    )
    return evaluate_frames(
        frames,
        style=pictures[0] if len(pictures) == 1 else None,
        style_scale=settings.style_scale,
        network=network,
        judge="farneback",
        total=store.count,
        cuts=store.cuts,
        device=device,
        report=report,
    )


def step_of(
    network: FeatureNetwork, settings: Settings, device: torch.device
) -> Callable[[int, int], Tensor]:
    """What takes the memory of an iteration: the network's pass over an image of a given size."""
    layers = tuple(dict.fromkeys((*settings.content_layers, *settings.style_layers)))

    def loss(height: int, width: int) -> Tensor:
        image = torch.rand(1, 3, height, width, device=device, requires_grad=True)
        features = network(image, layers).values()
        return torch.stack([values.float().square().mean() for values in features]).sum()

    return loss


def warn_of_a_full_disk(
    folder: Path, total: int | None, size: tuple[int, int], settings: Settings, report: Report
) -> None:
    """Say before the work if the frames will probably not fit on the disk."""
    if total is None:
        return
    kept = min(2, settings.sweeps + 1)
    bytes_needed = kept * frames_bytes(total, size[1], size[0], 16)
    bytes_needed += frames_bytes(total, size[1], size[0], 8)
    notice = preflight(folder, bytes_needed)
    if notice is not None:
        report(notice)


def render_size(info: ClipInfo, settings: Settings) -> tuple[int, int]:
    """(width, height) of the render: the clip's own, or ``width`` with an even height.

    Raises:
        UsageError: the result is too small for the networks.
    """
    if settings.width is None or settings.width == info.width:
        size = (info.width, info.height)
    else:
        size = (settings.width, max(2, 2 * round(info.height * settings.width / info.width / 2)))
    if min(size) < 16:
        raise UsageError(
            f"frames of {size[0]}×{size[1]} are too small",
            info.path,
            "use frames of at least 16×16 pixels, see --width",
        )
    return size


def fingerprint(
    info: ClipInfo,
    styles: Sequence[Path],
    settings: Settings,
    network: FeatureNetwork,
    flow: Flow,
    device: torch.device,
    keep_alpha: bool,
) -> dict[str, Any]:
    """Everything that decides the bytes of a render, for the check on resume.

    ``auto`` flow may mean another method once RAFT's weights are there; flow and shots from files
    count by content.
    """
    files = sorted(flow.folder.glob("*")) if isinstance(flow, FolderFlow) else []
    return {
        "settings": settings.model_dump(mode="json"),
        "clip": file_identity(info.pictures or info.path),
        "alpha": keep_alpha,
        "styles": [file_identity(style) for style in styles],
        "shots": file_identity([path for path in (settings.shots,) if path and path.is_file()]),
        "flow": {"name": flow.name, **file_identity([path for path in files if path.is_file()])},
        "features": {"name": network.name, "weights": weights_digest(network)},
        "machine": machine_identity(str(device)),
    }


def choose_device(choice: str) -> torch.device:
    """``auto`` takes a CUDA device where there is one.

    Raises:
        UsageError: no such device here.
    """
    if choice == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(choice)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UsageError(
            f"the device {choice!r} cannot be used here", "--device", "use cpu, cuda or auto"
        ) from error
    return device


def whole_clip(settings: Settings) -> bool:
    """Whether all frames are rendered, so that all of the audio is kept."""
    return settings.frames is None and settings.start_frame == 0


def render_precision(settings: Settings, device: torch.device) -> torch.dtype:
    """What the network computes in: L-BFGS needs float32, it lives on differences of gradients."""
    exact = settings.optimizer == "lbfgs" and settings.precision == "auto"
    return choose_precision("fp32" if exact else settings.precision, device)


def frame_total(info: ClipInfo, settings: Settings) -> int | None:
    """Number of frames to render, where the clip says how many it has."""
    if info.frames is None:
        return settings.frames
    left = max(0, info.frames - settings.start_frame)
    return left if settings.frames is None else min(left, settings.frames)
