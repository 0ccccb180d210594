"""flowstyle paints a video in the style of a picture, without flicker.

Everything public is named here and loaded on first use. Importing the package changes nothing;
:func:`set_up`, called before torch is imported, makes a process quick and its renders repeatable to
the last bit.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from flowstyle.version import __version__

if TYPE_CHECKING:
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
    from flowstyle.engines.registry import ENGINES
    from flowstyle.execution.registry import EXECUTORS
    from flowstyle.features.registry import FEATURE_NETWORKS
    from flowstyle.flow.estimate import estimate_flow
    from flowstyle.flow.registry import FLOW_METHODS
    from flowstyle.guides.styles import StylePicture
    from flowstyle.losses.style_loss import STYLE_LOSSES
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

_HOMES = {
    "CancelToken": "core.cancel",
    "ClipFigures": "metrics.summary",
    "Decision": "core.events",
    "ENGINES": "engines.registry",
    "EXECUTORS": "execution.registry",
    "Event": "core.events",
    "FEATURE_NETWORKS": "features.registry",
    "FLOW_METHODS": "flow.registry",
    "FlowView": "report.flow_view",
    "FlowstyleError": "core.errors",
    "FrameReady": "core.events",
    "Interrupted": "core.errors",
    "LimitError": "core.errors",
    "NotFiniteError": "core.errors",
    "Notice": "core.events",
    "OutOfMemoryError": "core.errors",
    "Output": "render.result",
    "OutputError": "core.errors",
    "Parts": "render.prepare",
    "Progress": "core.events",
    "Rendered": "render.result",
    "ResumeMismatchError": "core.errors",
    "STYLE_LOSSES": "losses.style_loss",
    "Settings": "settings",
    "Stage": "core.events",
    "StorageError": "core.errors",
    "StyleImageError": "core.errors",
    "StylePicture": "guides.styles",
    "Stylizer": "stylizer",
    "UsageError": "core.errors",
    "VideoError": "core.errors",
    "WeightsError": "core.errors",
    "WorkdirBusyError": "core.errors",
    "estimate_flow": "flow.estimate",
    "evaluate": "metrics.evaluation",
    "set_up": "core.process",
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
    "Event",
    "FlowView",
    "FlowstyleError",
    "FrameReady",
    "Interrupted",
    "LimitError",
    "NotFiniteError",
    "Notice",
    "OutOfMemoryError",
    "Output",
    "OutputError",
    "Parts",
    "Progress",
    "Rendered",
    "ResumeMismatchError",
    "Settings",
    "Stage",
    "StorageError",
    "StyleImageError",
    "StylePicture",
    "Stylizer",
    "UsageError",
    "VideoError",
    "WeightsError",
    "WorkdirBusyError",
    "__version__",
    "estimate_flow",
    "evaluate",
    "set_up",
    "stylize_frames",
    "stylize_image",
    "stylize_video",
    "view_flow",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"flowstyle.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'flowstyle' has no attribute {name!r}")
