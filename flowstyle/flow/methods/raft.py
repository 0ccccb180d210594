"""RAFT flow (Teed and Deng, ECCV 2020) by torchvision, where its weights are on the machine.

Nothing is downloaded here: the weights are looked for in torch hub's cache, where torchvision puts
them. RAFT's all-pairs correlation grows with the fourth power of the width, so large frames are
estimated at a smaller size and the vectors scaled up.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from flowstyle.core.errors import WeightsError
from flowstyle.flow.protocol import FramePair, Reach
from flowstyle.flow.warp import resize_flow

SMALLEST_SIDE = 128
MULTIPLE = 8
MAX_PIXELS = 1024 * 576
"""Above this area frames are reduced first; the correlation volume then stays below 1 GB."""


@dataclass(frozen=True)
class RaftWeights:
    """A weight file of torchvision: its name ends in the first 8 digits of its SHA-256."""

    file: str
    sha256_prefix: str


WEIGHTS = {
    "large": RaftWeights("raft_large_C_T_SKHT_V2-ff5fadd5.pth", "ff5fadd5"),
    "small": RaftWeights("raft_small_C_T_V2-01064c6d.pth", "01064c6d"),
}


def weights_path(size: str = "large") -> Path:
    """Where torch hub's cache keeps the weights of ``large`` or ``small``."""
    return Path(torch.hub.get_dir()) / "checkpoints" / WEIGHTS[size].file


def available(size: str = "large") -> bool:
    """Whether the weight file is in the cache; its content is checked when it is loaded."""
    return weights_path(size).is_file()


class RaftFlow:
    """RAFT; the network is loaded at the first call.

    Args:
        size: ``large`` (20 MB) or ``small`` (3.8 MB).
        device: where the network runs.
        iterations: refinement steps; 12 is what torchvision's figures are for.

    Raises:
        WeightsError: the weights are not in the cache.
    """

    def __init__(
        self, size: str = "large", device: torch.device | str = "cpu", iterations: int = 12
    ) -> None:
        if size not in WEIGHTS:
            raise ValueError(f"RAFT comes as {' and '.join(WEIGHTS)}; got {size!r}")
        if not available(size):
            raise WeightsError(
                f"the weights of RAFT ({size}) are not on this machine",
                weights_path(size),
                "use --flow dis, or put the file there: "
                f"https://download.pytorch.org/models/{WEIGHTS[size].file}",
            )
        self.name = f"raft {size}"
        self.digest = WEIGHTS[size].sha256_prefix  # which load_network holds the file to
        self.reach: Reach = "direct"
        self.takes_start = False
        self.mended = False
        self.steadied = False
        self._size = size
        self._device = torch.device(device)
        self._iterations = iterations
        self._network: torch.nn.Module | None = None

    def __call__(
        self,
        target: Tensor,
        source: Tensor,
        frames: FramePair | None = None,
        start: Tensor | None = None,
    ) -> Tensor:
        """Flow on the target's pixels, pointing into the source.

        Args:
            target: 1×3×H×W, RGB, [0, 1].
            source: 1×3×H×W, RGB, [0, 1].
            frames: not used.
            start: not used.

        Returns:
            1×2×H×W float32 in pixels, on the target's device.

        Raises:
            WeightsError: the weight file is damaged or not the expected one.
        """
        if self._network is None:
            self._network = load_network(self._size).to(self._device)
        height, width = target.shape[-2:]
        inner = inner_size(height, width)
        first, second = (_prepare(image.to(self._device), inner) for image in (target, source))
        with torch.inference_mode():
            flow = self._network(first, second, num_flow_updates=self._iterations)[-1]
        # A clone made outside of inference mode may take part in later gradients.
        cropped = flow[..., : inner[0], : inner[1]].float().clone()
        return resize_flow(cropped, (height, width)).to(target.device)


def make_large(device: torch.device, quality: str) -> RaftFlow:
    """See :data:`flowstyle.flow.registry.MakeFlow`; RAFT has one quality."""
    return RaftFlow("large", device)


def make_small(device: torch.device, quality: str) -> RaftFlow:
    """See :data:`flowstyle.flow.registry.MakeFlow`."""
    return RaftFlow("small", device)


def load_network(size: str) -> torch.nn.Module:
    """Build RAFT with the cached weights, frozen and in evaluation mode.

    Raises:
        WeightsError: the file is missing, damaged or not the expected one.
    """
    from torchvision.models.optical_flow import raft_large, raft_small

    path = weights_path(size)
    advice = "delete the file, and let torchvision download it again or use --flow dis"
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise WeightsError("cannot read RAFT's weights", path, advice) from error
    expected = WEIGHTS[size].sha256_prefix
    if not digest.startswith(expected):
        raise WeightsError(
            f"RAFT's weights have SHA-256 {digest[:16]}…, expected {expected}…", path, advice
        )
    network: torch.nn.Module = (raft_large if size == "large" else raft_small)(weights=None)
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return network.eval().requires_grad_(False)


def inner_size(height: int, width: int) -> tuple[int, int]:
    """Size at which the network sees a frame, before padding: at most ``MAX_PIXELS``."""
    scale = min(1.0, (MAX_PIXELS / (height * width)) ** 0.5)
    return max(1, round(height * scale)), max(1, round(width * scale))


def _prepare(image: Tensor, size: tuple[int, int]) -> Tensor:
    """Reduce, scale to [−1, 1] and pad at the right and bottom by the border pixel."""
    image = image.float()
    if image.shape[-2:] != size:
        image = F.interpolate(image, size=size, mode="bilinear", antialias=True)
    padding = [max(SMALLEST_SIDE, -(-side // MULTIPLE) * MULTIPLE) - side for side in size]
    return F.pad(image * 2 - 1, (0, padding[1], 0, padding[0]), mode="replicate")
