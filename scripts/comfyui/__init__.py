"""flowstyle as nodes of ComfyUI: a batch of frames in, the same frames painted without flicker out.

Install flowstyle into ComfyUI's Python (``pip install /path/to/flowstyle``) and copy this folder to
``ComfyUI/custom_nodes/flowstyle``. Frames are ComfyUI's own images: B×H×W×3, float32, in [0, 1].
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

import flowstyle
from flowstyle.networks.names import located, network_names
from flowstyle.settings import preset_names

CLIP_PRESETS = [name for name in preset_names() if name not in ("still", "gatys")]
LARGEST_SEED = 2**63 - 1


class FlowstyleFrames:
    """Paints frames in the style of a picture; any picture works at once."""

    RETURN_TYPES: ClassVar = ("IMAGE",)
    FUNCTION: ClassVar = "paint"
    CATEGORY: ClassVar = "flowstyle"
    DESCRIPTION: ClassVar = "Paints a clip's frames in the style of a picture, without flicker."

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, dict[str, tuple[Any, ...]]]:
        """What ComfyUI draws: two images, and a widget for each setting."""
        return {
            "required": {
                "frames": ("IMAGE",),
                "style": ("IMAGE",),
                "preset": (
                    CLIP_PRESETS,
                    {
                        "default": "default",
                        "tooltip": "gives all below that is left at its default",
                    },
                ),
                "width": ("INT", {"default": 0, "min": 0, "max": 16384, "tooltip": "0: as it is"}),
                "style_weight": ("FLOAT", {"default": 12.0, "min": 0.0, "max": 1000.0}),
                "style_scale": ("FLOAT", {"default": 1.0, "min": 0.1, "max": 8.0, "step": 0.05}),
                "stability": ("FLOAT", {"default": 0.6, "min": 0.0, "max": 1.0, "step": 0.05}),
                "effort": ("FLOAT", {"default": 1.0, "min": 0.01, "max": 100.0, "step": 0.05}),
                "original_colors": ("BOOLEAN", {"default": False}),
                "features": (["auto", "vgg19", "compact"], {"default": "auto"}),
                "seed": ("INT", {"default": 0, "min": 0, "max": LARGEST_SEED}),
            }
        }

    def paint(
        self, frames: Tensor, style: Tensor, preset: str, width: int, **settings: Any
    ) -> tuple[Tensor]:
        """Paint.

        Args:
            frames: B×H×W×3 in [0, 1], in the order of time.
            style: 1×H×W×3 in [0, 1]; of several pictures the first.
            preset: its name.
            width: of the result in pixels; 0 keeps the frames' own.
            settings: further fields of the settings; one at its widget's default is the preset's.

        Returns:
            B×H×W×3 in [0, 1].
        """
        # ComfyUI hands over every widget, touched or not: given as they stand they would take from
        # a preset what makes it another one, of "independent" even that frames are made alone.
        widgets = self.INPUT_TYPES()["required"]
        given = {k: v for k, v in settings.items() if v != widgets[k][1]["default"]}
        chosen = flowstyle.Settings.from_preset(preset, width=width or None, **given)
        return (_painted(frames, [style[0].cpu().numpy().copy()], chosen),)


class FlowstyleNetwork:
    """Paints frames by a network that was trained for a style: many times faster."""

    RETURN_TYPES: ClassVar = ("IMAGE",)
    FUNCTION: ClassVar = "paint"
    CATEGORY: ClassVar = "flowstyle"
    DESCRIPTION: ClassVar = "Paints a clip's frames by a network made by flowstyle train."

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, dict[str, tuple[Any, ...]]]:
        """What ComfyUI draws."""
        return {
            "required": {
                "frames": ("IMAGE",),
                "network": (network_names(),),
                "width": ("INT", {"default": 0, "min": 0, "max": 16384, "tooltip": "0: as it is"}),
                "stability": ("FLOAT", {"default": 0.6, "min": 0.0, "max": 1.0, "step": 0.05}),
            }
        }

    def paint(self, frames: Tensor, network: str, width: int, stability: float) -> tuple[Tensor]:
        """Paint; see :meth:`FlowstyleFrames.paint`."""
        path = located(Path(f"{network}.safetensors"))
        chosen = flowstyle.Settings.from_preset(
            "default", width=width or None, stability=stability, engine="network"
        )
        return (_painted(frames, [path], chosen),)


def _painted(frames: Tensor, styles: list[Any], settings: flowstyle.Settings) -> Tensor:
    """All frames, painted, on the CPU; ComfyUI's bar goes along, and its stop button works."""
    step = _steps(len(frames))
    # ComfyUI runs nodes without gradients, which the optimiser needs.
    with torch.inference_mode(False), torch.enable_grad():
        painted = []
        for image in flowstyle.stylize_frames(_arrays(frames), styles, settings):
            painted.append(torch.from_numpy(image).float() / 255)
            step()
        return torch.stack(painted)


def _arrays(frames: Tensor) -> Iterator[np.ndarray]:
    """Frames as arrays H×W×3, one by one."""
    for frame in frames:
        yield frame[..., :3].clamp(0, 1).cpu().numpy().copy()


def _steps(total: int) -> Any:
    """What is called after each frame: nothing outside of ComfyUI."""
    try:
        from comfy import model_management
        from comfy.utils import ProgressBar
    except ImportError:
        return lambda: None
    bar = ProgressBar(total)

    def step() -> None:
        model_management.throw_exception_if_processing_interrupted()
        bar.update(1)

    return step


NODE_CLASS_MAPPINGS = {"FlowstyleFrames": FlowstyleFrames, "FlowstyleNetwork": FlowstyleNetwork}
NODE_DISPLAY_NAME_MAPPINGS = {
    "FlowstyleFrames": "Paint frames like a picture (flowstyle)",
    "FlowstyleNetwork": "Paint frames by a trained network (flowstyle)",
}
