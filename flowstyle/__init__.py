"""flowstyle paints a video in the style of a picture, without flicker.

The public interface is :func:`stylize_video`, :func:`stylize_image`, :func:`estimate_flow` and
:func:`evaluate`; they are loaded on first use, so that importing the package costs nothing.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from flowstyle.version import __version__

if TYPE_CHECKING:
    from flowstyle.flow.protocol import estimate_flow
    from flowstyle.metrics.evaluation import evaluate
    from flowstyle.pipeline import stylize_video
    from flowstyle.render.still import stylize_image

# A resumed render promises the bytes of an uninterrupted one. MKL, torch's matrix library on the
# CPU, sums in an order that differs from call to call unless it is told otherwise before its first
# use (oneMKL developer guide, "Conditional Numerical Reproducibility"); this costs no speed.
os.environ.setdefault("MKL_CBWR", "AUTO")
# The same promise on a GPU (cuBLAS library guide, "Results reproducibility").
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
# torch's threads wait for each other by spinning. Where another program uses one of the cores, they
# spin while they should give way: an iteration then took 1.6 s instead of 0.15 s (two cores, one
# of them busy). Waiting asleep after a short spin costs 5 % of the speed of an idle machine.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")

__all__ = ["__version__", "estimate_flow", "evaluate", "stylize_image", "stylize_video"]

_HOMES = {
    "stylize_video": "flowstyle.pipeline",
    "stylize_image": "flowstyle.render.still",
    "estimate_flow": "flowstyle.flow.protocol",
    "evaluate": "flowstyle.metrics.evaluation",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'flowstyle' has no attribute {name!r}")
