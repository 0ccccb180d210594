"""What the teacher's losses do to the pixels, for the student to learn.

A picture is optimised along gradients, not activations: a student may answer to every photograph
as its teacher does and still pull the pixels elsewhere. So each crop carries one gradient of the
teacher's, of a Gram or a content loss at one tap, and the student's shall be equal to it
(Czarnecki et al., Sobolev Training for Neural Networks, NeurIPS 2017).

The student's gradient is written out as a chain of transposed convolutions. ReLU and pooling pass
it through fixed positions, so that one ordinary backward pass over this chain is the exact second
derivative; autograd's own second derivative of convolutions takes four times as long.
"""

from __future__ import annotations

import random
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from flowstyle.features.compact import CHAIN, HEADS, CompactFeatures
from scripts.training.loss import gram, rows
from scripts.training.teacher import Teacher

SHARES = {"relu2_1": 0.10, "relu3_1": 0.15, "relu4_1": 0.20, "relu4_2": 0.25, "relu5_1": 0.30}
"""How often each tap is drawn; the deep ones, which are harder, more often."""


class Pull(NamedTuple):
    """A direction at one tap, and what the teacher makes of it in the pixels.

    ``direction`` is K×h×w in the projected coordinates of ``tap``; ``gradient`` is Jᵀ direction,
    3×H×W, of unit root mean square.
    """

    tap: str
    direction: Tensor
    gradient: Tensor


def draw_taps(count: int) -> list[str]:
    """Taps for ``count`` crops."""
    return random.choices(list(SHARES), list(SHARES.values()), k=count)


def teacher_pulls(
    teacher: Teacher, image: Tensor, other: Tensor, taps: list[str]
) -> tuple[dict[str, Tensor], list[Pull]]:
    """The teacher's projected activations, and one gradient for each image.

    Args:
        teacher: with its directions found.
        image: N×3×H×W, [0, 1].
        other: N×3×H×W: its activations are what a content loss at relu4_2 asks for, its Gram
            matrices what a style loss at the other taps asks for.
        taps: one for each image.

    Returns:
        Tap to N×K×h×w float16, and N pulls.
    """
    with torch.no_grad():
        wanted = teacher.projected(other)
    image = image.detach().to(teacher.device).clone().requires_grad_()
    features = teacher.projected(image)
    directions = []
    for i, tap in enumerate(taps):
        f, w = (x[tap][i : i + 1].detach().float() for x in (features, wanted))
        if tap == "relu4_2":
            direction = f - w
        else:
            gap = gram(rows(f)) - gram(rows(w))
            direction = torch.einsum("nchw,nck->nkhw", f, gap)
        directions.append((direction / direction.square().mean().sqrt().clamp_min(1e-8))[0])
    total = torch.stack(
        [(features[tap][i].float() * directions[i]).sum() for i, tap in enumerate(taps)]
    ).sum()
    (gradient,) = torch.autograd.grad(total, image)
    pulls = []
    for tap, direction, found in zip(taps, directions, gradient, strict=True):
        scale = found.square().mean().sqrt().clamp_min(1e-6).reciprocal()
        pulls.append(Pull(tap, (direction * scale).half().cpu(), (found * scale).half().cpu()))
    return {tap: f.detach().half().cpu() for tap, f in features.items()}, pulls


def pixel_gradient(student: CompactFeatures, image: Tensor, pulls: list[Pull]) -> Tensor:
    """The student's Jᵀ direction, N×3×H×W, differentiable by its weights.

    Sides must be multiples of 16. Exact but for the outermost pixels, where the repeated edge's
    share is left out.
    """
    with torch.no_grad():
        passed, places = _positions(student, image)
    seeds = {
        tap: _seed(tap, pulls, image.device) for tap in HEADS if any(p.tap == tap for p in pulls)
    }
    flow: Tensor | None = None
    for step in reversed(CHAIN):
        tap = step.name.replace("conv", "relu")
        if tap in seeds:
            head = student.heads.get_submodule(tap).get_parameter("weight")
            back = F.conv_transpose2d(seeds[tap], head)
            flow = back if flow is None else flow + back
        if flow is None:
            continue
        kernel = student.chain.get_submodule(step.name).get_parameter("weight")
        stride, padding = (2, 1) if step.kernel == 4 else (1, step.kernel // 2)
        flow = F.conv_transpose2d(flow * passed[step.name], kernel, None, stride, padding)
        if step.pool:
            size = [2 * side for side in flow.shape[2:]]
            flow = F.max_unpool2d(flow.float(), places[step.name], 2, output_size=size)
    assert flow is not None
    return flow.float() / student.get_buffer("std")


def gradient_error(student: CompactFeatures, image: Tensor, pulls: list[Pull]) -> Tensor:
    """‖g − t‖² / ‖t‖² of each crop's gradients, N, two pixels within the border."""
    inner = (..., slice(2, -2), slice(2, -2))
    want = torch.stack([p.gradient.float() for p in pulls]).to(image.device)[inner]
    found = pixel_gradient(student, image, pulls)[inner]
    energy = want.square().mean((1, 2, 3)).clamp_min(1e-3)  # 1 but for crops without a gradient
    return (found - want).square().mean((1, 2, 3)) / energy


def _positions(
    student: CompactFeatures, image: Tensor
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Where the ReLU of each step lets through, and what each pooling chose."""
    passed, places = {}, {}
    x = (image - student.get_buffer("mean")) / student.get_buffer("std")
    x = x.contiguous(memory_format=torch.channels_last)
    for step in CHAIN:
        if step.pool:
            x, places[step.name] = F.max_pool2d(x, 2, return_indices=True)
        x = F.relu_(student.chain[step.name](x))
        passed[step.name] = x > 0
    return passed, places


def _seed(tap: str, pulls: list[Pull], device: torch.device) -> Tensor:
    """The directions at one tap, N×K×h×w; zero for the crops that have another tap."""
    shape = next(p.direction.shape for p in pulls if p.tap == tap)
    zero = torch.zeros(shape)
    rows_ = [p.direction.float() if p.tap == tap else zero for p in pulls]
    return torch.stack(rows_).to(device).contiguous(memory_format=torch.channels_last)
