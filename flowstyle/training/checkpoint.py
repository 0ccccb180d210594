"""A training's whole state in one file, so that it can be ended and gone on with at any step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor

from flowstyle.core.errors import ResumeMismatchError, StorageError
from flowstyle.core.files import write_atomic
from flowstyle.training.trainer import Trainer

SUFFIX = ".training"
"""Appended to the result's name."""
SHORT = 80
"""Most characters of a change of which both values are told."""


def checkpoint_of(path: Path) -> Path:
    """Where the state of a training lies, beside its result."""
    return path.with_name(path.name + SUFFIX)


def keep(path: Path, trainer: Trainer, purpose: dict[str, Any], total: int) -> None:
    """Write the state, whole or not at all.

    Args:
        path: the checkpoint.
        trainer: whose.
        purpose: what decides the weights, see :func:`take_up`.
        total: number of steps of the whole training.

    Raises:
        OutputError: it cannot be written there.
        StorageError: the disk is full or fails.
    """
    tensors = {f"network.{k}": v for k, v in trainer.network.state_dict().items()}
    tensors |= {f"average.{k}": v for k, v in trainer.average.state_dict().items()}
    tensors |= {f"moments.{k}": v for k, v in trainer.moments().items()}
    plain = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    about = {"purpose": purpose, "done": trainer.done, "total": total}
    write_atomic(path, save(plain, {"training": json.dumps(about, sort_keys=True)}))


def take_up(path: Path, trainer: Trainer, purpose: dict[str, Any]) -> int:
    """Bring a trainer to where a checkpoint stands.

    Args:
        path: an existing checkpoint.
        trainer: new, of the same lesson.
        purpose: what decides the weights; must be that of the checkpoint.

    Returns:
        Number of steps of the whole training.

    Raises:
        ResumeMismatchError: it is of another training.
        StorageError: it is damaged.
    """
    try:
        about = json.loads(_metadata(path)["training"])
        tensors = load_file(path)
        done, total, earlier = int(about["done"]), int(about["total"]), about["purpose"]
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise StorageError(
            f"the state of the training cannot be read ({error})",
            path,
            "give --restart to train from the beginning",
        ) from error
    changed = sorted(name for name in purpose if earlier.get(name) != purpose[name])
    if changed:
        raise ResumeMismatchError(
            f"a training with other settings was begun here ("
            f"{', '.join(_change(name, earlier.get(name), purpose[name]) for name in changed)})",
            path,
            "give the same settings to go on with it, --restart to begin anew, or another -o",
        )
    trainer.network.load_state_dict(_part(tensors, "network."))
    trainer.average.load_state_dict(_part(tensors, "average."))
    trainer.load_moments(_part(tensors, "moments."), done)
    return total


def _change(name: str, old: object, new: object) -> str:
    """What differs, with both values unless they are digests, which tell nobody anything.

    Example:
        >>> _change("seed", 0, 4), _change("styles", "a" * 64, "b" * 64)
        ('seed: 0 → 4', 'styles')
    """
    change = f"{old} → {new}"
    return f"{name}: {change}" if len(change) <= SHORT else name


def _metadata(path: Path) -> dict[str, str]:
    with safe_open(path, "pt") as file:
        found: dict[str, str] = file.metadata() or {}
    return found


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
