"""The parts of the training script that could be wrong without anybody seeing it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from flowstyle.features.compact import HEADS, CompactFeatures
from scripts.training import data, gradient, loss, record
from scripts.training.teacher import adopt, choose_channels, turn_bases
from scripts.training.trainer import rate


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_channels_that_repeat_others_are_left_out() -> None:
    a, b, c = random(3, 1000).abs()
    features = torch.stack([a, 2 * a, b, 0.5 * b, c, 0.01 * c])  # 6 channels, rank 3
    moments = features @ features.T / 1000
    index, scale = choose_channels(moments, 3)
    groups = sorted({0: "a", 1: "a", 2: "b", 3: "b", 4: "c", 5: "c"}[int(i)] for i in index)
    assert groups == ["a", "b", "c"]
    chosen = features[index] * scale[:, None]
    full, small = float(moments.norm()), float((chosen @ chosen.T / 1000).norm())
    assert small == pytest.approx(full, rel=1e-4)  # exact copies: the norm of the Gram is kept


def test_gradient_of_the_pixels_equals_autograd_also_in_its_second_derivative() -> None:
    torch.manual_seed(0)
    student = CompactFeatures()
    image = torch.nn.functional.avg_pool2d(random(4, 3, 64, 64).sigmoid(), 3, 1, 1)
    outputs = student(image, list(HEADS))
    taps = ("relu2_1", "relu4_1", "relu4_2", "relu5_1")
    pulls = []
    for i, tap in enumerate(taps):
        direction = random(*outputs[tap].shape[1:], seed=i)
        pulls.append(gradient.Pull(tap, direction.half(), random(3, 64, 64, seed=9 + i).half()))
    found = gradient.pixel_gradient(student, image, pulls)

    pixels = image.clone().requires_grad_()
    outputs = student(pixels, list(HEADS))
    total = torch.stack(
        [(outputs[p.tap][i] * p.direction.float()).sum() for i, p in enumerate(pulls)]
    ).sum()
    (wanted,) = torch.autograd.grad(total, pixels, create_graph=True)
    inner = (..., slice(2, -2), slice(2, -2))
    assert torch.allclose(
        found[inner], wanted[inner], atol=1e-4 * float(wanted.detach().abs().max())
    )

    kernel = student.chain["conv3_1"].weight
    (second,) = torch.autograd.grad(found[inner].square().sum(), kernel, retain_graph=True)
    (truth,) = torch.autograd.grad(wanted[inner].square().sum(), kernel)
    assert torch.allclose(second, truth, atol=1e-3 * float(truth.abs().max()))

    blank = [gradient.Pull(p.tap, 0 * p.direction, 0 * p.gradient) for p in pulls]
    assert gradient.gradient_error(student, image, blank).tolist() == [0, 0, 0, 0]

    error = gradient.gradient_error(student, image, pulls)
    want = torch.stack([p.gradient.float() for p in pulls])[inner]
    by_hand = (found[inner] - want).square().sum((1, 2, 3)) / want.square().sum((1, 2, 3))
    assert torch.allclose(error, by_hand, rtol=1e-4)


def test_the_learning_rate_rises_falls_and_rises_again() -> None:
    assert rate(0, 0, 100, 1.0) == 0
    assert rate(2, 0, 100, 1.0) == pytest.approx(0.999, abs=1e-3)
    assert rate(50, 0, 100, 1.0) == pytest.approx(0.5)
    assert rate(100, 0, 100, 1.0) == pytest.approx(0)
    assert rate(125, 100, 150, 0.4) == pytest.approx(0.2)


def test_written_out_gradient_equals_autograd() -> None:
    target, spectrum = random(2, 5, 6, 7, seed=1), torch.tensor([4.0, 2.0, 1.0, 0.5, 0.1])
    output = random(2, 5, 6, 7, seed=2).requires_grad_()
    value, plain, gram_error = loss.TapError.apply(output, target, spectrum, 1.5)
    (found,) = torch.autograd.grad(value, output)

    again = output.detach().double().requires_grad_()
    want, weight = target.double(), spectrum.double() ** -0.5
    error = (again - want).square().mean((0, 2, 3))
    energy = want.square().mean((0, 2, 3))
    g, a = (torch.einsum("nihw,njhw->nij", t, t) / t.shape[2] / t.shape[3] for t in (again, want))
    norm = a.square().sum((1, 2))
    gap = ((g - a).square().sum((1, 2)) / ((norm + norm.mean()) / 2)).mean()
    expected = error.sum() / energy.sum() + (error * weight).sum() / (energy * weight).sum()
    expected = expected + 1.5 * gap
    (expected_gradient,) = torch.autograd.grad(expected, again)
    assert float(value.detach()) == pytest.approx(float(expected.detach()), rel=1e-5)
    assert float(plain.detach()) == pytest.approx(
        float((error.sum() / energy.sum()).detach()), rel=1e-5
    )
    assert float(gram_error.detach()) == pytest.approx(float(gap.detach()), rel=1e-5)
    np.testing.assert_allclose(found, expected_gradient, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("shape", [(8, 4, 3, 3), (40, 2, 3, 3)])
def test_updates_are_nearly_orthogonal(shape: tuple[int, ...]) -> None:
    update = loss.orthogonal(random(*shape))
    assert update.shape == shape
    singular = torch.linalg.svdvals(update.flatten(1))
    assert 0.6 < float(singular.min()) <= float(singular.max()) < 1.3


def test_crops_are_pictures_and_the_same_for_a_seed() -> None:
    pictures = [np.random.default_rng(0).integers(0, 256, (240, 320, 3), np.uint8)]
    first, second = data.Crops(pictures, 7).batch(12), data.Crops(pictures, 7).batch(12)
    assert first.shape == (12, 3, data.CROP, data.CROP)
    assert torch.equal(first, second)
    assert 0 <= float(first.min()) < float(first.max()) <= 1


def test_export_writes_weights_digest_and_record_that_agree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "WEIGHTS", tmp_path / "compact.safetensors")
    monkeypatch.setattr(record, "DIGEST", tmp_path / "digest.txt")
    network = CompactFeatures()
    record.export(network.state_dict(), {"steps": 3})
    digest = hashlib.sha256((tmp_path / "compact.safetensors").read_bytes()).hexdigest()
    written = json.loads((tmp_path / "compact.json").read_text())
    assert (tmp_path / "digest.txt").read_text().strip() == digest == written["sha256"]
    assert written["steps"] == 3
    stored = load_file(tmp_path / "compact.safetensors")
    assert {t.dtype for t in stored.values()} == {torch.float16}
    CompactFeatures().load_state_dict(stored)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "compact.json",
        "compact.safetensors",
        "digest.txt",
    ]


def test_a_wider_and_deeper_student_begins_as_the_smaller_one() -> None:
    torch.manual_seed(0)
    small, large, image = CompactFeatures(), CompactFeatures(), torch.rand(1, 3, 48, 48)
    weights = {k: v.clone() for k, v in small.state_dict().items()}
    # A network with 40 channels in the second convolution and without conv4_3 ...
    for key in ("chain.conv1_2.weight", "chain.conv1_2.bias"):
        weights[key] = weights[key][:40]
    weights["chain.conv2_1.weight"] = weights["chain.conv2_1.weight"][:, :40]
    for kind in ("weight", "bias"):
        del weights[f"chain.conv4_3.{kind}"]
    adopt(large, weights)
    # ... computes what this one does, whose other 24 channels are dead and whose layer is skipped.
    small.chain["conv2_1"].weight.data[:, 40:] = 0
    small.chain["conv4_3"] = torch.nn.Identity()
    with torch.no_grad():
        found, wanted = large(image, list(HEADS)), small(image, list(HEADS))
    for tap in HEADS:
        assert torch.allclose(found[tap], wanted[tap], atol=1e-5)
    assert float(large.chain["conv1_2"].weight.detach()[40:].abs().mean()) > 0  # they can learn


def test_directions_are_turned_to_those_a_student_knows() -> None:
    directions, channels = 4, 9
    activations = {tap: random(2, channels, 6, 5, seed=i) for i, tap in enumerate(HEADS)}
    bases = {tap: 3 * torch.linalg.qr(random(channels, directions, seed=9))[0].T for tap in HEADS}
    turns = {tap: torch.linalg.qr(random(4, 4, seed=20 + i))[0] for i, tap in enumerate(HEADS)}

    def project(bases: dict[str, Tensor], noise: float) -> dict[str, Tensor]:
        return {
            tap: torch.einsum("kc,nchw->nkhw", bases[tap], f) + noise * random(2, 4, 6, 5, seed=40)
            for tap, f in activations.items()
        }

    class Teacher:
        device = "cpu"

        def __init__(self) -> None:
            self.bases = bases

        def projected(self, image: Tensor) -> dict[str, Tensor]:
            return project(self.bases, 0.0)

    known = {tap: turns[tap] @ bases[tap] for tap in HEADS}
    teacher = Teacher()
    turn_bases(teacher, lambda image, taps: project(known, 0.05), [torch.zeros(1)])
    for tap in HEADS:
        assert torch.allclose(teacher.bases[tap], known[tap], atol=0.1)
        gram = teacher.bases[tap] @ teacher.bases[tap].T
        assert torch.allclose(gram, 9 * torch.eye(4), atol=1e-4)  # still orthogonal, of one length


def test_the_record_says_what_a_run_began_with(tmp_path: Path) -> None:
    begun_with = record.begun_with
    (tmp_path / "a.json").write_text(
        '{"sha256": "00ff", "steps": 7, "minutes_trained": 1.5, "x": 0}'
    )
    assert begun_with(tmp_path / "a.safetensors") == {
        "sha256": "00ff",
        "steps": 7,
        "minutes_trained": 1.5,
    }
    assert begun_with(tmp_path / "b.safetensors") == {"name": "b.safetensors"}
    assert begun_with(None) is None


def test_a_step_of_training_brings_the_student_nearer() -> None:
    torch.manual_seed(0)
    student, image = CompactFeatures(), torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        targets = {tap: torch.randn_like(f) for tap, f in student(image, list(HEADS)).items()}
    spectra = {tap: torch.ones(directions) for tap, directions in HEADS.items()}
    kernels = [p for p in student.parameters() if p.ndim == 4]
    optimiser = loss.Muon(kernels, 1e-3)
    values = []
    for _ in range(6):
        value, _ = loss.distillation_loss(student(image, list(HEADS)), targets, spectra)
        optimiser.zero_grad()
        value.backward()
        for p in kernels:
            p.grad = torch.zeros_like(p) if p.grad is None else p.grad
        optimiser.step()
        values.append(float(value.detach()))
    assert values[-1] < values[0]
