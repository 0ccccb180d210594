"""What the compact features minimise while they learn, and the optimiser of their kernels."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

Errors = dict[str, tuple[float, float]]
"""(relative activation error, relative Gram error) of each tap."""

GRAM_WEIGHT = 2.0
"""Weight of the relative error of Gram matrices beside that of activations."""


def rows(f: Tensor) -> Tensor:
    """N×K×h×w as N×hw×K float32; free of copies for channels-last float32."""
    return f.permute(0, 2, 3, 1).flatten(1, 2).float()


def gram(f: Tensor) -> Tensor:
    """Gram matrices N×K×K of N×hw×K activations, over hw."""
    return f.transpose(1, 2) @ f / f.shape[1]


class TapError(torch.autograd.Function):
    """Activation and Gram error of one tap.

    The gradient is written out: autograd would spend more time on it than on the network.
    """

    @staticmethod
    def forward(  # type: ignore[override]
        ctx: Any, output: Tensor, target: Tensor, spectrum: Tensor, gram_weight: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Errors of one tap.

        The activation error counts twice: as it is, which is what content losses measure, and
        with every direction divided by the root of its mean square, so that weak ones learn too.

        Args:
            ctx: keeps the gradient.
            output: the student's N×K×h×w.
            target: the teacher's, projected.
            spectrum: mean square of each direction, K.
            gram_weight: weight of ‖G − A‖² / ‖A‖².

        Returns:
            The loss; the relative activation error; the relative Gram error.
        """
        f, want = rows(output), rows(target)
        images, pixels = f.shape[:2]
        aim = gram(want)
        energy = aim.diagonal(dim1=1, dim2=2).mean(0)
        weight = spectrum.rsqrt()
        scale = 1 / energy.sum() + weight / (energy * weight).sum()
        difference = f - want
        per_channel = difference.square().mean((0, 1))
        gap = gram(f) - aim
        norm = aim.square().sum((1, 2), keepdim=True)
        norm = (norm + norm.mean()) / 2  # flat, dark crops must not rule the batch
        gram_error = (gap.square() / norm).sum() / images
        factor = 4 * gram_weight / (pixels * images)
        gradient = torch.baddbmm(
            difference * (scale * (2 / (images * pixels))), f, gap / norm * factor
        )
        shape = (images, *output.shape[2:], output.shape[1])
        ctx.save_for_backward(gradient.to(output.dtype).view(shape).permute(0, 3, 1, 2))
        plain = per_channel.sum() / energy.sum()
        return (per_channel * scale).sum() + gram_weight * gram_error, plain, gram_error

    @staticmethod
    def backward(ctx: Any, grad: Tensor, *_: Tensor) -> tuple[Tensor, None, None, None]:  # type: ignore[override]
        """The gradient that forward found."""
        (gradient,) = ctx.saved_tensors
        return gradient * grad, None, None, None


def distillation_loss(
    outputs: dict[str, Tensor], targets: dict[str, Tensor], spectra: dict[str, Tensor]
) -> tuple[Tensor, Errors]:
    """Sum of :class:`TapError` over the taps, and (activation error, Gram error) of each."""
    total: Any = 0.0
    errors: Errors = {}
    for tap, target in targets.items():
        loss, plain, gram_error = TapError.apply(outputs[tap], target, spectra[tap], GRAM_WEIGHT)
        total = total + loss
        errors[tap] = (float(plain.detach()), float(gram_error.detach()))
    return total, errors


def orthogonal(update: Tensor) -> Tensor:
    """Newton–Schulz: the orthogonal matrix nearest to a gradient (Jordan et al., Muon, 2024)."""
    x = update.flatten(1).bfloat16()
    wide = x.shape[0] <= x.shape[1]
    x = x if wide else x.T
    x = x / (x.norm() + 1e-7)
    for _ in range(5):
        a = x @ x.T
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    return (x if wide else x.T).view_as(update).float()


class Muon(torch.optim.Optimizer):
    """Momentum orthogonalised for kernels, as C_out × (C_in·k·k) matrices; AdamW does the rest."""

    def __init__(self, parameters: list[nn.Parameter], lr: float, decay: float = 1e-4) -> None:
        super().__init__(parameters, {"lr": lr, "decay": decay})

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        """Update all kernels once; the step has AdamW's usual RMS of 0.2 × lr."""
        for group in self.param_groups:
            for p in group["params"]:
                momentum = self.state[p].setdefault("momentum", torch.zeros_like(p))
                momentum.lerp_(p.grad, 0.05)
                update = orthogonal(p.grad.lerp(momentum, 0.95))
                rows, columns = p.shape[0], p[0].numel()
                p.mul_(1 - group["lr"] * group["decay"])
                p.add_(update, alpha=-group["lr"] * 0.2 * max(rows, columns) ** 0.5)
