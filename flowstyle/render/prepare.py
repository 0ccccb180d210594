"""Everything that can be refused is refused here, before the long work starts."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from flowstyle.core.device import find_device
from flowstyle.core.events import Decision, Event, Notice, Report
from flowstyle.core.process import is_reproducible
from flowstyle.core.types import Around, ClipInfo
from flowstyle.engines.network.choose import refuse_beside_others
from flowstyle.engines.network.engine import NetworkEngine
from flowstyle.engines.optimised.engine import OptimisedEngine
from flowstyle.engines.protocol import Engine
from flowstyle.engines.registry import ENGINES
from flowstyle.features.base import FeatureNetwork
from flowstyle.features.select import select_features
from flowstyle.flow.protocol import FlowMethod
from flowstyle.flow.registry import make_flow
from flowstyle.guides.styles import StylePicture
from flowstyle.losses.choose import choose_style_loss
from flowstyle.losses.style_loss import StyleLoss
from flowstyle.media.bars import place
from flowstyle.media.carried import Carried, plan_carried
from flowstyle.media.depth import tell_depth
from flowstyle.media.frame_names import (
    refuse_row,
    refuse_style_among,
)
from flowstyle.media.largest import check_frame_size
from flowstyle.media.output import check_output, work_folder
from flowstyle.media.probe import probe
from flowstyle.media.sound_plan import sound_asked
from flowstyle.media.square import written_size
from flowstyle.networks.card import is_trained
from flowstyle.optimize.precision import render_precision
from flowstyle.render.adapt import adapted
from flowstyle.render.bars import kept_bars
from flowstyle.render.passes import LARGEST_PASS, Work, begun_with, largest_pass
from flowstyle.render.preflight import check_layers, check_piece
from flowstyle.render.remarks import alpha_kept, remark_on_names, remark_on_rate, remark_on_sound
from flowstyle.render.result import Output
from flowstyle.render.shares import Shares, shared_out
from flowstyle.render.size import frame_total, render_size, size_in_words
from flowstyle.render.style_pictures import StyleLike, files_of, paths_of, read_styles, tell_of_grey
from flowstyle.settings import Settings, given_settings
from flowstyle.storage.archive import kept_fingerprint


@dataclass(frozen=True, eq=False)
class Parts:
    """Parts of the caller's own, in place of those that the settings name; None takes the latter.

    Args:
        network: feature network, on the device that paints.
        flow: flow method.
        style_loss: what is compared with the styles.
        engine: what paints.
    """

    network: FeatureNetwork | None = None
    flow: FlowMethod | None = None
    style_loss: StyleLoss | None = None
    engine: Engine | None = None


OWN = Parts()
"""Nothing of the caller's own."""


@dataclass(frozen=True, eq=False)
class Tools:
    """What paints: made from settings and :class:`Parts`.

    Args:
        device: where it paints.
        network: the feature network, on it.
        style_loss: what is compared with the styles.
        engine: paints.
        refines: a trained network's frames are finished by the optimiser.
    """

    device: torch.device
    network: FeatureNetwork
    style_loss: StyleLoss
    engine: Engine
    refines: bool = False

    @property
    def optimises(self) -> bool:
        """Whether a frame's time and memory are those of passes of the feature network."""
        return self.refines or isinstance(self.engine, OptimisedEngine)

    def largest_pass(
        self,
        settings: Settings,
        size: tuple[int, int],
        report: Report,
        sharing: int = 1,
        *,
        clip: bool = True,
    ) -> int | None:
        """How many pixels the network may be run on at once, see :mod:`flowstyle.render.passes`.

        Args:
            settings: the render's.
            size: (width, height) of the frames.
            report: told the decision.
            sharing: number of processes that paint it on the same device.
            clip: whether it is a clip or a single picture.
        """
        if not self.optimises:
            return None  # others have their own ways with memory
        work = Work(self.network, self.style_loss, self.device, settings, size, clip, sharing)
        return largest_pass(work, report)


@dataclass(frozen=True, eq=False)
class Plan:
    """A render that can begin.

    Args:
        clip: as probed.
        styles: the pictures.
        settings: what decides the pixels.
        output: how the result is written.
        path: of the result.
        size: (width, height) of what is painted.
        around: where that lies in the result's frames, None: it fills them.
        total: number of frames, None where the clip does not say.
        tools: what paints.
        flow: what tells the motion.
        keep_alpha: whether the result holds the clip's alpha.
        carried: what the result takes over beside the pictures.
        began: when the work began, by the monotonic clock.
        largest_pass: the most pixels that the network may be run on at once, None: any number.
        shares: how many processes paint, and where.
        parts: of the caller's own.
    """

    clip: ClipInfo
    styles: tuple[StylePicture, ...]
    settings: Settings
    output: Output
    path: Path
    size: tuple[int, int]
    around: Around | None
    total: int | None
    tools: Tools
    flow: FlowMethod
    keep_alpha: bool
    carried: Carried
    began: float
    largest_pass: int | None
    shares: Shares
    parts: Parts

    @property
    def whole(self) -> tuple[int, int]:
        """(width, height) of the result's frames."""
        return self.size if self.around is None else self.around.size

    def resized(self, settings: Settings) -> Plan:
        """The same render with another width in its settings."""
        size = render_size(self.clip, settings)
        around = place(self.clip, settings.width, size)
        return replace(self, settings=settings, size=size, around=around)


def prepare(
    clip: str | Path,
    styles: Sequence[StyleLike],
    settings: Settings | None,
    output: str | Path | Output,
    report: Report,
    *,
    blend: Sequence[float] | None = None,
    parts: Parts = OWN,
) -> Plan:
    """Look at all inputs and choose what paints.

    Args:
        clip: a video file, a folder of pictures, or a pattern.
        styles: pictures.
        settings: what decides the pixels; None takes the preset ``default``.
        output: where the result goes, or all that can be said of how it is written.
        report: told what was decided.
        blend: weight of each style; None takes each one's own.
        parts: of the caller's own.

    Raises:
        FlowstyleError: for any input, option or place that will not do.
    """
    began = time.monotonic()
    clip = Path(clip)
    settings = given_settings(settings, "default")
    output = output if isinstance(output, Output) else Output(Path(output))
    path = output.path_for(clip, styles)
    files = paths_of(styles)
    _refuse(clip, files)
    info = probe(clip, rate=output.rate, stream=output.stream, report=report)
    # What is missing is said before what is there already.
    pictures = read_styles(styles, blend, report)
    check_output(
        path,
        codec=output.codec,
        overwrite=output.overwrite,
        pixel_format=output.pixel_format,
        quality=output.quality,
        sources=(clip, *files_of(styles)),
    )
    if parts.flow is None:  # else it may know whole frames alone
        begun_as = None if output.restart else kept_fingerprint(work_folder(path))
        info = kept_bars(info, settings, report, begun_as or {})
    size, around = _sizes(info, settings, path, output)
    check_piece(info, settings, report)
    carried = _carried(info, settings, path, output)
    remark_on_sound(output.audio, carried, report)
    shares = shared_out(output, settings, work_folder(path), report)
    device = find_device(shares.devices[0])
    remark_on_names(info, files, pictures, report)
    remark_on_rate(output.rate, path, report)
    tools = choose_tools(settings, parts, device, report, pictures)
    settings = adapted(tools.engine, settings, report)
    flow = choose_flow(settings, parts, device, report)
    report(Decision("size", size_in_words(info, path, size, around)))
    carried.decide(report)
    tell_depth(info, path, output.codec, output.pixel_format, report)
    begun = {} if output.restart or settings.memory is not None else begun_with(work_folder(path))
    each = shares.on_each_device
    largest = begun[LARGEST_PASS] if begun else tools.largest_pass(settings, size, report, each)
    return Plan(
        clip=info,
        styles=pictures,
        settings=settings,
        output=output,
        path=path,
        size=size,
        around=around,
        total=frame_total(info, settings),
        tools=tools,
        flow=flow,
        keep_alpha=alpha_kept(info, path, output.codec, report),
        carried=carried,
        began=began,
        largest_pass=largest,
        shares=shares,
        parts=parts,
    )


def _sizes(
    info: ClipInfo, settings: Settings, path: Path, output: Output
) -> tuple[tuple[int, int], Around | None]:
    """(width, height) of what is painted, and where it lies in the result's frames.

    Raises:
        UsageError: it is too small for the networks, or too large for the kind of file.
    """
    size = render_size(info, settings)
    around = place(info, settings.width, size)
    whole = size if around is None else around.size
    check_frame_size(path, written_size(info, path, whole), output.codec, output.pixel_format)
    return size, around


def _carried(info: ClipInfo, settings: Settings, path: Path, output: Output) -> Carried:
    """What the result takes over beside the pictures."""
    length = None if settings.frames is None else settings.frames / info.rate
    return plan_carried(info, path, sound_asked(output.audio), length=length)


def _refuse(clip: Path, files: Sequence[Path | None]) -> None:
    """Refuse files that are mistaken for each other, by their names, before any is read.

    Raises:
        UsageError: styles that are frames of a clip, or a network beside other styles.
    """
    refuse_row(clip, files)
    refuse_style_among(clip, files)
    refuse_beside_others(files)


def choose_tools(
    settings: Settings,
    parts: Parts,
    device: torch.device,
    report: Report,
    styles: Sequence[StylePicture],
) -> Tools:
    """What paints, as the settings name it or as the caller brought it.

    Args:
        settings: of the render.
        parts: of the caller's own.
        device: where it is painted.
        report: told decisions.
        styles: of the render, in which the engine must be able to paint.

    Raises:
        UsageError: something of that name does not exist, or does not fit.
        WeightsError: weights are missing or refused.
    """
    if not is_reproducible():
        report(
            Notice("flowstyle.set_up() was not called: a resumed render may differ in last bits")
        )
    engine = parts.engine or _engine_for(styles, settings)
    engine = engine.for_styles(styles)
    if not isinstance(engine, NetworkEngine):
        tell_of_grey(styles, settings, report)
    style_loss = parts.style_loss or choose_style_loss(settings)
    # A trained network paints without features, which only serve the figures then.
    told = _but_decisions(report) if isinstance(engine, NetworkEngine) else report
    with torch.inference_mode(False):  # whose weights no gradient could pass
        network = parts.network or choose_network(settings, device, told)
    check_layers(network, settings)
    refines = settings.refine > 0 and isinstance(engine, NetworkEngine)
    return Tools(device, network, style_loss, engine, refines)


def _but_decisions(report: Report) -> Report:
    """A callback that passes on all but decisions."""

    def told(event: Event) -> None:
        if not isinstance(event, Decision):
            report(event)

    return told


def _engine_for(styles: Sequence[StylePicture], settings: Settings) -> Engine:
    """The engine that the styles bring, or else the settings name."""
    brought = any(is_trained(style.path) for style in styles)
    return NetworkEngine() if brought else ENGINES.get(settings.engine)()


def choose_flow(
    settings: Settings, parts: Parts, device: torch.device, report: Report
) -> FlowMethod:
    """What tells the motion between frames, as the settings name it or as the caller brought it.

    Raises:
        UsageError: there is none of that name.
        WeightsError: its weights are missing or refused.
    """
    flow = parts.flow or make_flow(settings.flow, device, settings.flow_quality)
    report(Decision("flow", flow.name))
    return flow


def choose_network(settings: Settings, device: torch.device, report: Report) -> FeatureNetwork:
    """The feature network that the settings name.

    Raises:
        UsageError: there is none of that name.
        WeightsError: its weights are missing or refused.
    """
    return select_features(
        settings.features,
        settings.weights,
        device,
        render_precision(settings, device),
        settings.pooling,
        report,
    )
