"""The large network that the compact features learn from, and what they take from it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

from flowstyle.features.compact import CHAIN, HEADS, MEAN, STD, TAPS, CompactFeatures

VGG19 = (
    *("0", "tap", "2", "pool"),
    *("5", "tap", "7", "pool"),
    *("10", "tap", "12", "14", "16", "pool"),
    *("19", "tap", "21", "tap", "23", "25", "pool"),
    *("28", "tap"),
)
"""torchvision's numbers of the convolutions to relu5_1, and what follows them."""


class Teacher(nn.Module):
    """VGG19 to relu5_1, with its taps projected on principal directions.

    Args:
        path: weights in torchvision's layout, safetensors.
        device: where it runs.
        dtype: what it computes in.
    """

    def __init__(self, path: Path, device: str, dtype: torch.dtype) -> None:
        super().__init__()
        self.dtype = dtype
        state = load_file(path)
        self.weights = {
            key: (
                state[f"features.{key}.weight"]
                .to(device, dtype)
                .contiguous(memory_format=torch.channels_last),
                state[f"features.{key}.bias"].to(device, dtype),
            )
            for key in VGG19
            if key.isdigit()
        }
        self.first = (state["features.0.weight"].float(), state["features.0.bias"].float())
        self.device = device
        self.mean = torch.tensor(MEAN, device=device).view(1, 3, 1, 1)
        self.std = torch.tensor(STD, device=device).view(1, 3, 1, 1)
        self.bases: dict[str, Tensor] = {}

    @torch.no_grad()
    def activations(self, image: Tensor) -> dict[str, Tensor]:
        """The six taps, N×C×h×w, for images in [0, 1]."""
        return self(image, TAPS)

    def forward(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """The taps among ``layers``, differentiable."""
        x = ((image.to(self.device) - self.mean) / self.std).to(self.dtype)
        x = F.pad(x.contiguous(memory_format=torch.channels_last), (1, 1, 1, 1), mode="replicate")
        names = iter(TAPS)
        taps: dict[str, Tensor] = {}
        for key in VGG19:
            if key == "pool":
                x = F.max_pool2d(x, 2)
            elif key == "tap":
                taps[next(names)] = x
            else:
                weight, bias = self.weights[key]
                x = F.relu_(F.conv2d(x, weight, bias, padding=0 if key == "0" else 1))
        return {tap: taps[tap] for tap in layers}

    def projected(self, image: Tensor) -> dict[str, Tensor]:
        """The taps that have heads, projected: N×K×h×w, differentiable."""
        taps = self(image, TAPS)
        return {
            tap: F.conv2d(taps[tap], basis.to(taps[tap])[:, :, None, None])
            for tap, basis in self.bases.items()
        }

    @torch.no_grad()
    def targets(self, image: Tensor) -> dict[str, Tensor]:
        """The same without a graph, as float16 in the machine's memory."""
        return {tap: f.half().cpu() for tap, f in self.projected(image).items()}

    def analyse(self, crops: list[Tensor]) -> Tensor:
        """Find the principal directions of each tap; return the second moments of relu1_1.

        A tap's basis is K×C: leading eigenvectors of E[f fᵀ] (not centred, so that projections
        keep Gram matrices), over √(energy / K), so that the projection has unit mean square.
        """
        moments: dict[str, Tensor] = {}
        for crop in crops:
            for tap, f in self.activations(crop).items():
                rows = f.float().flatten(2).transpose(0, 1).flatten(1)
                moments[tap] = moments.get(tap, 0) + rows @ rows.T / rows.shape[1] / len(crops)
        for tap, directions in HEADS.items():
            energy, vectors = torch.linalg.eigh(moments[tap].double().cpu())
            leading = vectors[:, -directions:].flip(1).T
            scale = (energy[-directions:].sum() / directions).rsqrt()
            self.bases[tap] = (leading * scale).float()
            share = energy[-directions:].sum() / energy.sum()
            print(f"{tap}: {directions} directions hold {share:.4f} of the energy")
        return moments["relu1_1"].cpu()


@torch.no_grad()
def turn_bases(teacher: Teacher, student: CompactFeatures, crops: list[Tensor]) -> None:
    """Turn the teacher's directions to those that a trained student gives.

    Eigenvectors found on other pictures span nearly the same space with other axes, and a student
    knows only those that it was trained on. The rotation is the one that brings the projected
    activations nearest to the student's (orthogonal Procrustes problem); it changes no inner
    product, hence no Gram matrix.

    Args:
        teacher: with its directions found; they are replaced.
        student: trained.
        crops: batches N×3×H×W.
    """
    products: dict[str, Tensor] = {}
    for crop in crops:
        targets, outputs = teacher.projected(crop), student(crop.to(teacher.device), list(HEADS))
        for tap in HEADS:
            f, t = (x[tap].double().transpose(0, 1).flatten(1) for x in (outputs, targets))
            products[tap] = products.get(tap, 0) + f @ t.T
    for tap, product in products.items():
        left, _, right = torch.linalg.svd(product)
        basis = teacher.bases[tap]
        teacher.bases[tap] = (left @ right).to(basis) @ basis


def choose_channels(moments: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The ``count`` channels that stand best for all of them, and their scales.

    Greedy: always the channel that, as a representative, raises the explained energy most. Each
    left-out channel counts as a copy of its nearest representative, which gets its weight, so that
    the norm of the Gram matrix is kept.

    Args:
        moments: C×C second moments E[f fᵀ].
        count: how many to choose.

    Returns:
        Indices (count) and scales (count).
    """
    energy = moments.diagonal().clamp_min(1e-12)
    explained = moments.clamp_min(0) ** 2 / energy[:, None]
    chosen: list[int] = []
    best = torch.zeros_like(energy)
    for _ in range(count):
        gain = torch.maximum(explained, best).sum(1)
        gain[chosen] = -1
        chosen.append(int(gain.argmax()))
        best = torch.maximum(best, explained[chosen[-1]])
    owner = explained[chosen].argmax(0)
    index = torch.tensor(chosen)
    weight = torch.zeros(count).index_add_(0, owner, energy) / energy[index]
    return index, weight.clamp_min(1.0).sqrt()


def initialise(student: CompactFeatures, teacher: Teacher, moments: Tensor) -> None:
    """Give the student the teacher's own first layer, frozen, and sane random weights elsewhere."""
    for module in student.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
            nn.init.zeros_(module.bias)
    for head in student.heads.values():
        nn.init.normal_(head.weight, std=head.in_channels**-0.5)
    index, scale = choose_channels(moments, CHAIN[0].outputs)
    weight, bias = teacher.first
    first = student.chain["conv1_1"]
    norm = (moments[index, index] * scale**2).mean().rsqrt()
    first.weight.data.copy_(weight[index] * (scale * norm)[:, None, None, None])
    first.bias.data.copy_(bias[index] * scale * norm)
    first.requires_grad_(False)


def adopt(student: CompactFeatures, weights: dict[str, Tensor]) -> None:
    """Give the student weights that were trained before, also those of a smaller network.

    Where the student is wider, its new channels lead nowhere at first, and new layers start as the
    identity: it computes what the smaller network did, and learns from there.

    Args:
        student: with sane random weights.
        weights: from an exported file.
    """
    state = student.state_dict()
    for step in CHAIN:
        if f"{step.name}.weight" not in {key.removeprefix("chain.") for key in weights}:
            passed = min(step.inputs, step.outputs)  # channels beyond them stay random, and learn
            nn.init.dirac_(state[f"chain.{step.name}.weight"][:passed])
            nn.init.zeros_(state[f"chain.{step.name}.bias"])
    for key, old in weights.items():
        if key not in state or any(a > b for a, b in zip(old.shape, state[key].shape, strict=True)):
            raise SystemExit(f"the student has no room for {key} {tuple(old.shape)}")
        new = state[key]
        if new.ndim == 4:
            new[:, old.shape[1] :] = 0
        new[tuple(slice(size) for size in old.shape)] = old.to(new)
