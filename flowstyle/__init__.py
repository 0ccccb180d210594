"""flowstyle paints a video in the style of a picture, without flicker.

Everything public is named here and loaded on first use: what paints and measures, what it tells and
raises, and the seams by which other packages add parts. Importing the package changes nothing;
:func:`set_up`, called before torch is imported, makes a process quick and its renders repeatable to
the last bit.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from flowstyle.version import __version__

if TYPE_CHECKING:
    from flowstyle.batch.result import JobResult
    from flowstyle.batch.run import stylize_batch
    from flowstyle.core.cancel import CancelToken
    from flowstyle.core.errors import (
        FlowstyleError,
        Interrupted,
        LimitError,
        NotFiniteError,
        OutOfMemoryError,
        OutputError,
        ResumeMismatchError,
        StorageError,
        StyleImageError,
        UsageError,
        VideoError,
        WeightsError,
        WorkdirBusyError,
    )
    from flowstyle.core.events import Decision, Event, FrameReady, Notice, Progress, Stage
    from flowstyle.core.process import set_up
    from flowstyle.engines.protocol import Engine, EngineContext, ShotOpening, ShotPainter
    from flowstyle.engines.registry import ENGINES
    from flowstyle.execution.job import ShotJob, ShotResult
    from flowstyle.execution.protocol import Executor, Workplace
    from flowstyle.execution.registry import EXECUTORS
    from flowstyle.execution.shot_pass import paint_shot
    from flowstyle.features.base import FeatureNetwork
    from flowstyle.features.registry import FEATURE_NETWORKS
    from flowstyle.flow.estimate import estimate_flow
    from flowstyle.flow.protocol import DirectMethod, FlowMethod
    from flowstyle.flow.registry import FLOW_METHODS
    from flowstyle.guides.styles import StylePicture
    from flowstyle.losses.style_loss import STYLE_LOSSES, StyleLoss
    from flowstyle.metrics.evaluation import evaluate
    from flowstyle.metrics.summary import ClipFigures
    from flowstyle.pipeline import stylize_video
    from flowstyle.render.frame_stream import stylize_frames
    from flowstyle.render.prepare import Parts
    from flowstyle.render.result import Output, Rendered
    from flowstyle.render.still import stylize_image
    from flowstyle.report.flow_view import FlowView, view_flow
    from flowstyle.settings import Settings
    from flowstyle.stylizer import Stylizer
    from flowstyle.temporal.task import FrameTask, Painted

_HOMES = {
    "CancelToken": "core.cancel",
    "ClipFigures": "metrics.summary",
    "Decision": "core.events",
    "DirectMethod": "flow.protocol",
    "ENGINES": "engines.registry",
    "EXECUTORS": "execution.registry",
    "Engine": "engines.protocol",
    "EngineContext": "engines.protocol",
    "Event": "core.events",
    "Executor": "execution.protocol",
    "FEATURE_NETWORKS": "features.registry",
    "FLOW_METHODS": "flow.registry",
    "FeatureNetwork": "features.base",
    "FlowMethod": "flow.protocol",
    "FlowView": "report.flow_view",
    "FlowstyleError": "core.errors",
    "FrameReady": "core.events",
    "FrameTask": "temporal.task",
    "Interrupted": "core.errors",
    "JobResult": "batch.result",
    "LimitError": "core.errors",
    "NotFiniteError": "core.errors",
    "Notice": "core.events",
    "OutOfMemoryError": "core.errors",
    "Output": "render.result",
    "OutputError": "core.errors",
    "Painted": "temporal.task",
    "Parts": "render.prepare",
    "Progress": "core.events",
    "Rendered": "render.result",
    "ResumeMismatchError": "core.errors",
    "STYLE_LOSSES": "losses.style_loss",
    "Settings": "settings",
    "ShotJob": "execution.job",
    "ShotOpening": "engines.protocol",
    "ShotPainter": "engines.protocol",
    "ShotResult": "execution.job",
    "Stage": "core.events",
    "StorageError": "core.errors",
    "StyleImageError": "core.errors",
    "StyleLoss": "losses.style_loss",
    "StylePicture": "guides.styles",
    "Stylizer": "stylizer",
    "UsageError": "core.errors",
    "VideoError": "core.errors",
    "WeightsError": "core.errors",
    "WorkdirBusyError": "core.errors",
    "Workplace": "execution.protocol",
    "estimate_flow": "flow.estimate",
    "evaluate": "metrics.evaluation",
    "paint_shot": "execution.shot_pass",
    "set_up": "core.process",
    "stylize_batch": "batch.run",
    "stylize_frames": "render.frame_stream",
    "stylize_image": "render.still",
    "stylize_video": "pipeline",
    "view_flow": "report.flow_view",
}

__all__ = [
    "ENGINES",
    "EXECUTORS",
    "FEATURE_NETWORKS",
    "FLOW_METHODS",
    "STYLE_LOSSES",
    "CancelToken",
    "ClipFigures",
    "Decision",
    "DirectMethod",
    "Engine",
    "EngineContext",
    "Event",
    "Executor",
    "FeatureNetwork",
    "FlowMethod",
    "FlowView",
    "FlowstyleError",
    "FrameReady",
    "FrameTask",
    "Interrupted",
    "JobResult",
    "LimitError",
    "NotFiniteError",
    "Notice",
    "OutOfMemoryError",
    "Output",
    "OutputError",
    "Painted",
    "Parts",
    "Progress",
    "Rendered",
    "ResumeMismatchError",
    "Settings",
    "ShotJob",
    "ShotOpening",
    "ShotPainter",
    "ShotResult",
    "Stage",
    "StorageError",
    "StyleImageError",
    "StyleLoss",
    "StylePicture",
    "Stylizer",
    "UsageError",
    "VideoError",
    "WeightsError",
    "WorkdirBusyError",
    "Workplace",
    "__version__",
    "estimate_flow",
    "evaluate",
    "paint_shot",
    "set_up",
    "stylize_batch",
    "stylize_frames",
    "stylize_image",
    "stylize_video",
    "view_flow",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"flowstyle.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'flowstyle' has no attribute {name!r}")
