"""Pictures made through a feature network, and how far they are from what was asked for."""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from flowstyle.features.base import FeatureNetwork
from flowstyle.features.compact import load_compact
from flowstyle.features.vgg19 import VGG19
from flowstyle.features.weights import read_weights
from flowstyle.losses.objective import Objective, Term
from flowstyle.losses.targets import ContentTarget, StyleTarget
from flowstyle.losses.tv import total_variation_l2
from flowstyle.media.picture_file import read_picture
from flowstyle.media.picture_folder import resize_picture
from flowstyle.optimize.adam import minimise
from flowstyle.settings import Settings

CONTENT = ("relu4_2",)
STYLE = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
LEARNING_RATE = 0.02
DTYPES = {"bf16": torch.bfloat16, "fp32": torch.float32}


def load_image(path: Path, width: int) -> Tensor:
    """A picture as 1×3×H×W in [0, 1], ``width`` wide, height a multiple of 16."""
    picture, _ = read_picture(path)
    height = max(16, round(picture.shape[0] * width / picture.shape[1] / 16) * 16)
    pixels = resize_picture(picture, (width, height)).astype(np.float32)
    pixels /= np.iinfo(picture.dtype).max
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].contiguous()


def load_network(name: str, teacher: Path, dtype: torch.dtype) -> FeatureNetwork:
    """``compact``, or ``teacher``: VGG19 with these weights."""
    if name == "compact":
        return load_compact(dtype)
    return VGG19(read_weights(teacher).convolutions, dtype=dtype)


def make_objective(
    network: FeatureNetwork,
    photograph: Tensor,
    style: Tensor,
    style_weight: float,
    content_factor: float = 1,
    deepest_factor: float = 1,
) -> Objective:
    """Content, style and a little total variation, weighted as in the settings but for style.

    Args:
        network: what sees the pictures.
        photograph: 1×3×H×W in [0, 1].
        style: 1×3×H×W in [0, 1].
        style_weight: of the style loss.
        content_factor: on the weight of the content, to see what other weights would give.
        deepest_factor: on the weight of the deepest style layer, likewise.
    """
    settings = Settings()
    content_target = ContentTarget.of(network, photograph, CONTENT)
    layer_weights = [1 / len(STYLE)] * len(STYLE)
    layer_weights[-1] *= deepest_factor
    style_target = StyleTarget.of(network, style, STYLE, weights=layer_weights)
    terms = {
        "content": Term(settings.content_weight * content_factor, content_target, CONTENT),
        "style": Term(style_weight, style_target, STYLE),
        "tv": Term(settings.tv_weight, lambda _, image: total_variation_l2(image)),
    }
    return Objective(network, terms)


def stylise(
    network: FeatureNetwork, photograph: Tensor, style: Tensor, options: argparse.Namespace
) -> Tensor:
    """Optimise the photograph; 1×3×H×W. The factors hold for the compact features only."""
    compact = network.name == "compact"
    objective = make_objective(
        network,
        photograph,
        style,
        options.style_weight,
        options.content_factor if compact else 1,
        options.deepest_factor if compact else 1,
    )
    return minimise(
        objective, photograph, iterations=options.iterations, learning_rate=LEARNING_RATE
    ).image


def judge(
    teacher: FeatureNetwork, picture: Tensor, photograph: Tensor, style: Tensor
) -> dict[str, float]:
    """Distances under the teacher: ``style`` (mean of the layers), ``content``, and each layer."""
    with torch.no_grad():
        features = teacher(picture, (*STYLE, *CONTENT))
        layers = StyleTarget.of(teacher, style, STYLE).each(features)
        content = ContentTarget.of(teacher, photograph, CONTENT)(features, picture)
    values = {layer: float(value) for layer, value in layers.items()}
    return {"style": statistics.fmean(values.values()), "content": float(content), **values}


def to_pixels(image: Tensor) -> np.ndarray:
    """1×3×H×W in [0, 1] as H×W×3 uint8 BGR."""
    pixels = (image[0].clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
    return np.ascontiguousarray(pixels[..., ::-1])
