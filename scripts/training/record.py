"""What training writes: the weights that come with the program, their digest, and their record."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from safetensors.torch import save
from torch import Tensor

from flowstyle.features.compact import DIGEST
from scripts.common import paths
from scripts.training.loss import Errors

WEIGHTS = paths.WEIGHTS / "compact.safetensors"


def export(weights: dict[str, Tensor], record: dict[str, object]) -> None:
    """Write weights, digest and record, each in one step, so that readers see whole files."""
    data = save({key: value.half().contiguous() for key, value in weights.items()})
    digest = hashlib.sha256(data).hexdigest()
    record = {**record, "sha256": digest, "bytes": len(data)}
    files = {
        WEIGHTS: data,
        DIGEST: (digest + "\n").encode(),
        WEIGHTS.with_suffix(".json"): (json.dumps(record, indent=2) + "\n").encode(),
    }
    for path, content in files.items():
        path.with_name(path.name + ".new").write_bytes(content)
    for path in files:
        path.with_name(path.name + ".new").replace(path)


def begun_with(start: Path | None) -> dict[str, object] | None:
    """What is on record of the weights that a run began with; None for random ones."""
    if start is None:
        return None
    record = start.with_suffix(".json")
    if not record.exists():
        return {"name": start.name}
    known = json.loads(record.read_text(encoding="utf-8"))
    return {
        key: known[key]
        for key in ("sha256", "steps", "minutes_trained", "begun_with")
        if key in known
    }


def rounded(errors: Errors) -> dict[str, dict[str, float]]:
    """Errors of the taps as they stand in the record."""
    return {
        tap: {"activation_error": round(a, 5), "gram_error": round(g, 5)}
        for tap, (a, g) in errors.items()
    }


def summary(errors: Errors) -> str:
    """One line: activation and Gram error of each tap."""
    return " ".join(f"{tap[4:]} {a:.3f}/{g:.4f}" for tap, (a, g) in errors.items())
