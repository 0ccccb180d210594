"""What ``from flowstyle import …`` promises, in whatever order it is asked for."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

import flowstyle

FUNCTIONS = {
    "paint_shot",
    "estimate_flow",
    "evaluate",
    "set_up",
    "stylize_batch",
    "stylize_frames",
    "stylize_image",
    "stylize_video",
    "view_flow",
}
CLASSES = {
    "UsageError",
    "VideoError",
    "StyleImageError",
    "OutputError",
    "WorkdirBusyError",
    "ResumeMismatchError",
    "StorageError",
    "OutOfMemoryError",
    "NotFiniteError",
    "WeightsError",
    "LimitError",
    "CancelToken",
    "ClipFigures",
    "Decision",
    "Event",
    "FlowView",
    "FlowstyleError",
    "FrameReady",
    "Interrupted",
    "JobResult",
    "Notice",
    "Output",
    "Parts",
    "Progress",
    "Rendered",
    "Settings",
    "Stage",
    "StylePicture",
    "Stylizer",
}
SEAMS = {
    "DirectMethod",
    "Engine",
    "EngineContext",
    "Executor",
    "FeatureNetwork",
    "FlowMethod",
    "FrameTask",
    "Painted",
    "ShotJob",
    "ShotOpening",
    "ShotPainter",
    "ShotResult",
    "StyleLoss",
    "Workplace",
}
REGISTRIES = {"ENGINES", "EXECUTORS", "FEATURE_NETWORKS", "FLOW_METHODS", "STYLE_LOSSES"}


def in_a_process(code: str) -> str:
    """What a fresh process prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_public_names_are_these() -> None:
    assert set(flowstyle.__all__) == FUNCTIONS | CLASSES | SEAMS | REGISTRIES | {"__version__"}
    for name in CLASSES | SEAMS:
        assert isinstance(getattr(flowstyle, name), type), name
    for name in REGISTRIES:
        assert getattr(flowstyle, name).names(), name
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        flowstyle.nonsense  # noqa: B018


@pytest.mark.parametrize("first", ["evaluate", "stylize_video", "stylize_image", "estimate_flow"])
def test_the_public_functions_are_functions(first: str) -> None:
    """In a fresh process each: a module of the same name would take the function's place."""
    code = (
        f"from flowstyle import {first}\nimport flowstyle\n"
        f"print(all(callable(getattr(flowstyle, n)) for n in {sorted(FUNCTIONS)}))"
    )
    assert in_a_process(code) == "True"


def test_importing_the_package_changes_nothing() -> None:
    """Neither the process nor torch; setting up is one explicit call."""
    state = (
        "import os, json, sys, torch\nimport cv2  # which sets paths of its own\n"
        "def state():\n"
        "    cudnn = torch.backends.cudnn\n"
        "    return [dict(os.environ), torch.are_deterministic_algorithms_enabled(),\n"
        "            cudnn.benchmark, cudnn.allow_tf32, torch.get_num_threads(),\n"
        "            torch.get_default_dtype() == torch.float32, torch.initial_seed()]\n"
        "torch.manual_seed(5)\nbefore = state()\n"
        "import flowstyle, flowstyle.stylizer, flowstyle.report.flow_view\n"
        "for name in flowstyle.__all__: getattr(flowstyle, name)\n"
        "print(json.dumps(before == state()))"
    )
    assert json.loads(in_a_process(state))
    assert "MKL_CBWR" in os.environ  # which the tests' own set-up has set


def test_importing_the_package_loads_no_torch() -> None:
    code = "import sys, flowstyle\nflowstyle.Settings\nprint('torch' in sys.modules)"
    assert in_a_process(code) == "False"
