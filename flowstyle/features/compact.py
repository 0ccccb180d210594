"""The bundled feature network: a small stand-in for VGG19 that needs no download.

It was trained to give, at the six layers that style transfer uses (Gatys et al. 2016), the
activations of a VGG19 projected on their leading principal directions. Projections on orthonormal
directions keep inner products, so Gram matrices and content distances measured here follow those
of the large network, at a fraction of its time and memory. ``assets/weights/MODEL_CARD.md`` says
how it was trained and how far it can be trusted; ``scripts/training/train.py`` trains it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load
from torch import Tensor, nn

from flowstyle.core.errors import UsageError, WeightsError
from flowstyle.core.resources import asset
from flowstyle.features.padding import repeat_edge
from flowstyle.features.reach import Reach, Window, reach_of_chain

WEIGHTS = "weights/compact.safetensors"
DIGEST = Path(__file__).with_name("compact_sha256.txt")
"""SHA-256 of the bundled weights; the training script writes it together with them."""

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Step:
    """One convolution with its ReLU.

    Args:
        name: its key among the weights.
        inputs: channels that enter.
        outputs: channels that leave.
        kernel: side of the kernel; even kernels halve the resolution, which spreads gradients
            evenly over the pixels, so that optimised pictures get no checkerboards.
        pool: whether a 2×2 max pooling comes first.
    """

    name: str
    inputs: int
    outputs: int
    kernel: int = 3
    pool: bool = False


CHAIN = (
    Step("conv1_1", 3, 32),
    Step("conv1_2", 32, 64, kernel=4),
    Step("conv2_1", 64, 64),
    Step("conv3_0", 64, 128, pool=True),
    Step("conv3_1", 128, 128),
    Step("conv4_0", 128, 160, pool=True),
    Step("conv4_1", 160, 160),
    Step("conv4_2", 160, 160),
    Step("conv4_3", 160, 160, kernel=1),
    Step("conv5_0", 160, 128, pool=True),
    Step("conv5_1", 128, 160),
)
"""The chain from the image to the deepest tap."""

TAPS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu4_2", "relu5_1")

HEADS = {
    "relu2_1": 64,
    "relu3_1": 128,
    "relu4_1": 160,
    "relu4_2": 160,
    "relu5_1": 160,
}
"""Number of the teacher's principal directions that each tap gives; relu1_1 needs no head, its 32
channels are the teacher's own."""


class CompactFeatures(nn.Module):
    """Approximate VGG19 activations at the taps of style transfer.

    ``relu4_2`` names the activation after the ReLU. Gatys calls the same activation ``conv4_2``,
    so ``convB_L`` is an alias of ``reluB_L`` here; outputs before the ReLU do not exist. Values
    are projections, hence signed; each tap has unit mean square on photographs, so its losses
    are comparable with VGG's only in relative form.

    Args:
        digest: sha256 of the weights file, which a work folder remembers.
    """

    name = "compact"
    layers: tuple[str, ...] = tuple(
        name for relu in TAPS for name in (relu.replace("relu", "conv"), relu)
    )

    def __init__(self, digest: str = "") -> None:
        super().__init__()
        self.digest = digest
        self.chain = nn.ModuleDict({step.name: _convolution(step) for step in CHAIN})
        width = {step.name: step.outputs for step in CHAIN}
        self.heads = nn.ModuleDict(
            {tap: nn.Conv2d(width[_conv_name(tap)], out, 1) for tap, out in HEADS.items()}
        )
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(STD).view(1, 3, 1, 1), persistent=False)

    def forward(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """Run the chain as far as the deepest of ``layers`` and no further.

        Args:
            image: N×3×H×W, RGB, [0, 1], sRGB-encoded.
            layers: names out of :attr:`layers`.

        Returns:
            One N×C×h×w tensor for each name, in the precision of the weights.

        Raises:
            UsageError: for a name that the network has no head for, or a picture too small for
                the layers.
        """
        self._check(image, layers)
        wanted = {_conv_name(name) for name in layers}
        taps: dict[str, Tensor] = {}
        x = (image - self.get_buffer("mean")) / self.get_buffer("std")
        first = self.chain.get_submodule("conv1_1").get_parameter("weight")
        x = x.to(first.dtype, memory_format=torch.channels_last)
        for step in CHAIN:
            if len(taps) == len(wanted):
                break
            if step.pool:
                x = F.max_pool2d(x, 2)
            x = F.relu_(self.chain[step.name](x))
            if step.name in wanted:
                tap = step.name.replace("conv", "relu")
                taps[step.name] = self.heads[tap](x) if tap in self.heads else x
        return {name: taps[_conv_name(name)] for name in layers}

    def reach(self, layers: Sequence[str]) -> Reach:
        """See :class:`flowstyle.features.reach.Tileable`."""
        chain: list[Window] = []
        for step in CHAIN:
            if step.pool:
                chain.append(Window(f"pool before {step.name}", 2, 2))
            stride, padding = (2, 1) if step.kernel == 4 else (1, step.kernel // 2)
            chain.append(Window(step.name, step.kernel, stride, padding))
        found = reach_of_chain(chain, [_conv_name(layer) for layer in layers])
        strides = {layer: found.strides[_conv_name(layer)] for layer in layers}
        return Reach(found.halo, strides)

    def _check(self, image: Tensor, layers: Sequence[str]) -> None:
        """Refuse unknown names and pictures that vanish on the way."""
        unknown = [name for name in layers if name not in self.layers]
        if unknown:
            raise UsageError(
                f"the compact features have no layer {', '.join(unknown)}",
                "layers",
                f"choose from {', '.join(self.layers)}, or use the vgg19 features",
            )
        halvings = max((int(name[4]) - 1 for name in layers), default=0)
        height, width = image.shape[-2:]
        if min(height, width) < 2**halvings:
            raise UsageError(
                f"a picture of {width}×{height} pixels is too small for {layers[-1]}",
                "image",
                f"both sides must have {2**halvings} pixels or more",
            )


def _convolution(step: Step) -> nn.Conv2d:
    """The convolution of one step.

    Padding is the teacher's: the edge repeated at the image, zeros further in.
    """
    if step.kernel == 4:
        return nn.Conv2d(step.inputs, step.outputs, 4, stride=2, padding=1)
    if step.inputs == 3:
        return _ImageConvolution(3, step.outputs, step.kernel)
    return nn.Conv2d(step.inputs, step.outputs, step.kernel, padding=step.kernel // 2)


class _ImageConvolution(nn.Conv2d):
    """A 3×3 convolution of the image, padded by its own edge."""

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(repeat_edge(input))


def _conv_name(name: str) -> str:
    """``relu4_2`` and ``conv4_2`` both lead to ``conv4_2``."""
    return name.replace("relu", "conv")


def load_compact(
    dtype: torch.dtype = torch.float32, device: torch.device | str = "cpu"
) -> CompactFeatures:
    """Load the bundled weights, verified.

    Args:
        dtype: float32, or bfloat16 for speed; losses cast to float32.
        device: where the network shall live.

    Returns:
        The network, frozen and in evaluation mode.

    Raises:
        WeightsError: if the file is not the one that this version was released with.
    """
    path = asset(WEIGHTS)
    data = path.read_bytes()
    expected = DIGEST.read_text(encoding="ascii").strip()
    actual = hashlib.sha256(data).hexdigest()
    if actual != expected:
        raise WeightsError(
            f"the bundled features have sha256 {actual}, expected {expected}",
            path,
            "reinstall flowstyle",
        )
    network = CompactFeatures(actual)
    network.load_state_dict(load(data))
    network.requires_grad_(False).eval()
    for part in (network.chain, network.heads):  # the picture's normalisation stays exact
        part.to(dtype=dtype).to(memory_format=torch.channels_last)
    return network.to(device)
