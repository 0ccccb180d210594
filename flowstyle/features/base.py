"""What every feature network offers, whichever its weights."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from torch import Tensor, nn


@runtime_checkable
class FeatureNetwork(Protocol):
    """A frozen network that turns images into named activations.

    Layer names are VGG's: ``conv4_2`` is the output of a convolution, ``relu4_2`` the same after
    its ReLU, ``pool4`` the pooled one. A network that was trained to give only some of them raises
    :class:`flowstyle.core.errors.UsageError` for the others, with the list of those it has.
    """

    name: str
    """``vgg19``, ``compact``, or that of another network."""

    layers: tuple[str, ...]
    """Every layer name that the network answers to, from shallow to deep."""

    @property
    def digest(self) -> str:
        """SHA-256 over its weights, by which a resumed run knows them again."""
        ...

    def __call__(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """Run the network as far as the deepest of ``layers`` and no further.

        Args:
            image: N×3×H×W float32, RGB, [0, 1]; preprocessing is the network's own business.
            layers: names to return.

        Returns:
            One N×C×h×w tensor for each name, in the precision the network computes in
            (float32 or bfloat16); losses cast to float32.
        """
        ...


def weights_digest(network: nn.Module) -> str:
    """SHA-256 over the weights of a network, in float32.

    Args:
        network: with all its weights.
    """
    digest = hashlib.sha256()
    for name, tensor in network.state_dict().items():
        digest.update(name.encode())
        digest.update(tensor.detach().float().cpu().numpy().tobytes())
    return digest.hexdigest()
