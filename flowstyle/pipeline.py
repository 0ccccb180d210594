"""The way of a clip, in one screen.

probe → read → cut into shots → flow, both directions → trust masks → stylise → commit → write →
report. Reading, flow, committing and writing run on threads of their own beside the optimisation.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import torch
from torch import Tensor

from flowstyle.core.cancel import Stopped
from flowstyle.core.device import choose_device
from flowstyle.core.errors import FlowstyleError, Interrupted
from flowstyle.core.events import Decision, Notice, Report, ignore
from flowstyle.core.images import to_uint16
from flowstyle.core.memory import explain_out_of_memory, is_out_of_memory
from flowstyle.engines.optimised.engine import Engine
from flowstyle.execution.shot_pass import Sequence as ShotSequence
from flowstyle.features.base import FeatureNetwork
from flowstyle.features.select import select_features
from flowstyle.flow.pairs import FlowPairs, pairs_kept
from flowstyle.flow.protocol import make_flow
from flowstyle.media.clip_writer import open_writer
from flowstyle.media.output import check_output, keeps_alpha, work_folder
from flowstyle.media.preview import PreviewWriter
from flowstyle.media.probe import probe
from flowstyle.metrics.evaluation import ImagePair, evaluate_frames
from flowstyle.metrics.summary import ClipFigures
from flowstyle.optimize.precision import render_precision
from flowstyle.render.encode import Encoder, finished
from flowstyle.render.fingerprint import fingerprint
from flowstyle.render.ingest import Ingest
from flowstyle.render.preflight import (
    check_layers,
    check_piece,
    read_style,
    step_of,
    warn_of_a_full_disk,
)
from flowstyle.render.result import USUAL, Output, Rendered
from flowstyle.render.size import frame_total, render_size, whole_clip
from flowstyle.report.debug_pictures import DebugPictures
from flowstyle.settings import Settings
from flowstyle.storage import WorkDir
from flowstyle.storage.frames import FrameStore

PREVIEW = "preview.mp4"


def stylize_video(
    clip: Path,
    styles: Sequence[Path],
    settings: Settings,
    output: Output = USUAL,
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
        FlowstyleError: see :mod:`flowstyle.core.errors`; everything committed stays for a resume.
        Interrupted: ended by ``stop_signal`` before the clip was complete. While it is measured, a
            signal ends only that.
    """
    began = time.monotonic()
    path = output.path or Path(
        "_".join([clip.stem or clip.name, *(one.stem for one in styles)]) + ".mp4"
    )
    info = probe(clip)
    check_output(
        path,
        codec=output.codec,
        overwrite=output.overwrite,
        pixel_format=output.pixel_format,
        quality=output.quality,
        sources=(clip, *styles),
    )
    size = render_size(info, settings)
    check_piece(info, settings)
    device = choose_device(settings.device)
    pictures = [read_style(style) for style in styles]
    network = select_features(
        settings.features,
        weights=settings.weights,
        device=device,
        dtype=render_precision(settings, device),
        pooling=settings.pooling,
        report=report,
    )
    check_layers(network, settings)
    flow = make_flow(settings.flow, device, settings.flow_quality)
    report(Decision("flow", flow.name))
    report(Decision("size", f"{size[0]}×{size[1]} (clip {info.width}×{info.height})"))
    total = frame_total(info, settings)
    keep_alpha = info.has_alpha and keeps_alpha(path, output.codec)
    if info.has_alpha and not keep_alpha:
        report(Notice("the clip's alpha is laid on black; -o OUT.mov --codec prores keeps it"))

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
        report(Decision("preview", f"{workdir.path / PREVIEW}, playable while it grows"))
        store = FrameStore(workdir)

        def stop() -> bool:
            return stop_signal() is not None or encoder.failed

        engine = Engine(
            network,
            pictures,
            settings,
            device,
            report=report,
            should_stop=stop,
        )
        pairs = FlowPairs(
            flow,
            store.source,
            first=settings.start_frame,
            keep=pairs_kept(size, settings.sweeps + 1),
            should_stop=stop,
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
            preview=stack.enter_context(PreviewWriter(workdir.path / PREVIEW, info)),
        )
        ingest.start()
        encoder.start()
        # However this ends: first stop, then wait for both threads, then close what they use.
        stack.callback(encoder.join)
        stack.callback(ingest.join)
        stack.callback(store.stop)
        watch = DebugPictures(workdir.path, store, settings.start_frame) if output.debug else None
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
        cuts, repeated = (
            [settings.start_frame + index for index in found]
            for found in ([i for i in store.cuts if i < store.count], store.repeated())
        )
        listed = ", ".join(map(str, cuts))
        report(Decision("shots", f"cuts before frames {listed}" if cuts else "one, no cuts found"))
        seconds = time.monotonic() - began  # until the file is written; measuring is another matter
        figures, unmeasured = None, ""
        if output.measure:
            try:
                figures = measure(store, pictures, network, settings, device, report, stop_signal)
            except Exception as error:
                # The clip is complete: what is said of it must not depend on its figures.
                unmeasured = why_not_measured(error)
                report(Notice(f"not measured: {unmeasured}"))
    return Rendered(path, frames, size, seconds, cuts, repeated, network.name, figures, unmeasured)


def measure(
    store: FrameStore,
    pictures: Sequence[Tensor],
    network: FeatureNetwork,
    settings: Settings,
    device: torch.device,
    report: Report,
    stop_signal: Callable[[], int | None],
) -> ClipFigures:
    """Measure the finished frames against their source.

    The judge is Farneback's flow, not the render's and quick enough to run after every render;
    ``flowstyle eval`` takes the slower and more exact TV-L1 by default. A signal ends the
    measuring: the clip is complete by then.

    Raises:
        Interrupted: by a signal.
    """

    def frames() -> Iterator[ImagePair]:
        for index in range(store.count):
            if (signum := stop_signal()) is not None:
                raise Interrupted(signum, "measuring")
            styled = finished(store, index, original_colors=settings.original_colors)
            yield to_uint16(store.source(index)), to_uint16(styled)

    recoloured = settings.match_colors or settings.original_colors
    return evaluate_frames(
        frames(),
        # Recoloured or blended, the result is not meant to have this picture's statistics.
        style=pictures[0] if len(pictures) == 1 and not recoloured else None,
        style_scale=settings.style_scale,
        network=network,
        judge="farneback",
        total=store.count,
        cuts=store.cuts,
        device=device,
        report=report,
    )


def why_not_measured(error: Exception) -> str:
    """Say in words what ended the measuring; raises ``error`` again if it is a mistake of ours."""
    if is_out_of_memory(error):
        return "the memory does not suffice"
    if isinstance(error, FlowstyleError):
        return error.what
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    raise error
