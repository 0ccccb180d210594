"""The nodes for ComfyUI: imported the way ComfyUI imports a folder of custom_nodes, and run."""

from __future__ import annotations

import importlib.util
import inspect
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import torch

from flowstyle import Settings

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The copied folder, loaded from its path under a name with dots in it, as ComfyUI does."""
    folder = tmp_path_factory.mktemp("ComfyUI") / "custom_nodes" / "flowstyle"
    shutil.copytree(ROOT / "scripts" / "comfyui", folder)
    name = str(folder).replace(".", "_x_")
    spec = importlib.util.spec_from_file_location(name, folder / "__init__.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[name]


def frames() -> torch.Tensor:
    """Three frames, 3×32×48×3: a square that moves by two pixels a frame."""
    clip = torch.full((3, 32, 48, 3), 0.4)
    for number, frame in enumerate(clip):
        frame[8:24, 10 + 2 * number : 26 + 2 * number] = torch.tensor([0.8, 0.2, 0.1])
    return clip


def defaults(node: type) -> dict[str, object]:
    """What the widgets of a node give if nobody touches them."""
    inputs = node.INPUT_TYPES()["required"]
    return {
        name: one[1]["default"] if len(one) > 1 else one[0][0]
        for name, one in inputs.items()
        if one[0] != "IMAGE"
    }


def test_comfyui_finds_what_it_asks_for(nodes: ModuleType) -> None:
    assert nodes.NODE_CLASS_MAPPINGS.keys() == nodes.NODE_DISPLAY_NAME_MAPPINGS.keys()
    for node in nodes.NODE_CLASS_MAPPINGS.values():
        method = getattr(node(), node.FUNCTION)
        assert node.RETURN_TYPES == ("IMAGE",)
        assert node.CATEGORY == "flowstyle"
        inputs = node.INPUT_TYPES()["required"]
        inspect.signature(method).bind(**inputs)  # each widget is an argument
        for kind, *rest in inputs.values():
            assert isinstance(kind, list) or kind in ("IMAGE", "INT", "FLOAT", "BOOLEAN")
            if isinstance(kind, list) and rest:
                assert rest[0]["default"] in kind


def test_a_preset_gives_what_no_widget_was_moved_from(
    nodes: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Settings] = []

    def painted(frames: torch.Tensor, styles: list[object], settings: Settings) -> torch.Tensor:
        seen.append(settings)
        return frames

    monkeypatch.setattr(nodes, "_painted", painted)
    node = nodes.NODE_CLASS_MAPPINGS["FlowstyleFrames"]()
    widgets = defaults(type(node))
    for changes in ({"preset": "independent"}, {"preset": "ruder"}, {"style_weight": 8.0}):
        node.paint(frames=frames(), style=torch.rand(1, 40, 40, 3), **{**widgets, **changes})
    independent, ruder, bold = seen
    assert not independent.neighbors
    assert ruder.style_weight == Settings.from_preset("ruder").style_weight
    assert (bold.style_weight, bold.preset) == (8.0, "default")


@pytest.mark.parametrize("name", ["FlowstyleFrames", "FlowstyleNetwork"])
def test_three_frames_are_painted_where_gradients_are_off(nodes: ModuleType, name: str) -> None:
    node = nodes.NODE_CLASS_MAPPINGS[name]
    given = defaults(node)
    if name == "FlowstyleFrames":
        given |= {"style": torch.rand(1, 40, 40, 3), "features": "compact", "effort": 0.05}
    with torch.inference_mode():
        clip = frames()
        (painted,) = getattr(node(), node.FUNCTION)(frames=clip, **given)
    assert painted.shape == clip.shape
    assert painted.dtype == torch.float32
    assert 0 <= painted.min() <= painted.max() <= 1
    assert (painted - clip).abs().mean() > 0.01  # it is painted
    assert torch.equal(clip, frames())  # what came in stays as it was
