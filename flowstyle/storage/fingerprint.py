"""What a resumed run must have in common with the run that began the folder.

Measured on the optimisers used here: the same thread count, CPU capability and library versions
give the same bits on one machine; another thread count does not (L-BFGS).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from flowstyle.core.disk import readable_size
from flowstyle.core.files import sha256_file
from flowstyle.settings.catalogue import fields
from flowstyle.version import __version__

Fingerprint = dict[str, Any]
TOLD = "told"
"""In a fingerprint: what its inputs are called, for messages. It is not compared."""
IDLE = "idle"
"""In :data:`TOLD`: names of the settings that have no effect in the render."""
PRESET = "preset"
"""In :data:`TOLD`: name of the preset."""
_SETTING = "settings."
_MISSING = "(none)"
_LONG = re.compile(r"(?<![\d.])-?\d+\.\d{5,}(e[+-]\d+)?(?![\d.])")
_INPUTS = {"clip": "clip", "styles": "style picture"}


def file_identity(paths: Path | Sequence[Path]) -> Fingerprint:
    """Identity of an input by content; name, place and times do not count.

    Args:
        paths: one file, or the pictures of an image sequence in order.

    Returns:
        ``bytes``: total size; ``sha256``: of the file, or of the pictures' hashes in a row.
        A sequence also has ``files``, their number.

    Raises:
        OSError: if a file cannot be read.
    """
    if isinstance(paths, Path):
        return {"bytes": paths.stat().st_size, "sha256": sha256_file(paths)}
    hashes = [sha256_file(path) for path in paths]
    return {
        "files": len(hashes),
        "bytes": sum(path.stat().st_size for path in paths),
        "sha256": hashlib.sha256("".join(hashes).encode()).hexdigest(),
    }


def machine_identity(device: str = "cpu") -> Fingerprint:
    """Versions and hardware properties that can change a result's bits.

    Args:
        device: torch name of the device that optimises, ``cpu`` or ``cuda[:n]``.

    Returns:
        Versions of the project, torch, torchvision (RAFT), av and OpenCV; device, thread count, CPU
        capability.
    """
    import cv2
    import torch

    from flowstyle.core.device import kind_of

    import av  # isort: skip - after cv2: the two bring FFmpeg libraries of their own

    return {
        "flowstyle": __version__,
        "torch": torch.__version__,
        "torchvision": metadata.version("torchvision"),
        "av": av.__version__,
        "opencv": cv2.__version__,
        "opencv_threads": cv2.getNumThreads(),  # DIS divides the picture by them
        "device": kind_of(device),
        "threads": torch.get_num_threads(),
        "cpu": torch.backends.cpu.get_cpu_capability(),
    }


def normalise(fingerprint: Fingerprint) -> Fingerprint:
    """The fingerprint as it comes back from its file: tuples become lists, other types text."""
    normal: Fingerprint = json.loads(json.dumps(fingerprint, default=str))
    return normal


def is_of_another_clip(old: Fingerprint, new: Fingerprint) -> bool:
    """Whether two normalised fingerprints are of clips with other contents."""
    return _digests(old.get("clip")) != _digests(new.get("clip"))


def differences(old: Fingerprint, new: Fingerprint) -> list[str]:
    """List the fields in which two normalised fingerprints differ.

    Args:
        old: of the work folder.
        new: of this run.

    Returns:
        First what is another input, as ``"clip: a.mp4 (…) → b.mp4 (…)"``; then lines such as
        ``"--iterations: 200 → 300"``, in the order of the fields' names, the preset first if
        settings differ. Settings that have no effect are left out beside others.
    """
    others = [name for name in _INPUTS if _digests(old.get(name)) != _digests(new.get(name))]
    kept = [
        {name: part for name, part in one.items() if name not in (TOLD, *others)}
        for one in (old, new)
    ]
    before, after = (dict(_flatten(one)) for one in kept)
    changed = [
        field
        for field in sorted(before.keys() | after.keys())
        if before.get(field, _MISSING) != after.get(field, _MISSING)
    ]
    idle = {f"settings.{name}" for name in _idle(old) & _idle(new)}
    told = [field for field in changed if field not in idle]
    if not (told or others):
        told = changed
    return [
        *(_another_input(old, new, name) for name in others),
        *_another_preset(old, new, told),
    ] + [
        f"{_as_given(field)}: {_change(before.get(field, _MISSING), after.get(field, _MISSING))}"
        for field in told
    ]


def _another_preset(old: Fingerprint, new: Fingerprint, told: Sequence[str]) -> Iterator[str]:
    """The preset that most of the settings come from, which is what a person has changed."""
    names = [
        one[TOLD].get(PRESET) if isinstance(one.get(TOLD), dict) else None for one in (old, new)
    ]
    if all(names) and names[0] != names[1] and any(field.startswith(_SETTING) for field in told):
        yield f"--preset: {names[0]} → {names[1]}, and so"


def _as_given(field: str) -> str:
    """A field as a person gives it: by its option, or by its name in a settings file.

    Example:
        >>> _as_given("settings.mask_dilate"), _as_given("settings.cuts"), _as_given("flow.name")
        ('--dilate', 'cuts', 'flow')
    """
    if not field.startswith(_SETTING):
        return field.removesuffix(".name")
    name = field.removeprefix(_SETTING)
    known = fields().get(name)
    return known.option if known and known.declared.cli else name


def _idle(fingerprint: Fingerprint) -> set[str]:
    """Names of the settings that have no effect."""
    told = fingerprint.get(TOLD)
    names = told.get(IDLE) if isinstance(told, dict) else None
    return set(map(str, names)) if isinstance(names, list) else set()


def _change(before: str, after: str) -> str:
    """Two values with no more digits than a person reads, unless that makes them alike.

    Example:
        >>> _change("0.6499999999999999", "0.7"), _change("0.1000001", "0.1")
        ('0.65 → 0.7', '0.1000001 → 0.1')
    """
    short = [_LONG.sub(lambda found: f"{float(found[0]):.4g}", one) for one in (before, after)]
    one, other = short if short[0] != short[1] else (before, after)
    return f"{one} → {other}"


def _digests(part: object) -> list[object]:
    """The contents of an input, or of several."""
    parts = part if isinstance(part, list) else [part]
    return [one.get("sha256") if isinstance(one, dict) else one for one in parts]


def _another_input(old: Fingerprint, new: Fingerprint, name: str) -> str:
    """An input that has other contents, by what it was called and what it is called now."""
    before, now = _called(old, name), _called(new, name)
    change = f"{before}, with other contents now" if before == now else f"{before} → {now}"
    return f"{_INPUTS[name]}: {change}"


def _called(fingerprint: Fingerprint, name: str) -> str:
    """What an input is called; by its size where that was not kept."""
    told = fingerprint.get(TOLD)
    if isinstance(told, dict) and isinstance(told.get(name), str):
        return str(told[name])
    part = fingerprint.get(name)
    size = part.get("bytes") if isinstance(part, dict) else None
    return f"one of {readable_size(size)}" if isinstance(size, int) else "one of unknown name"


def _flatten(value: object, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield every leaf with its dotted name; an empty dictionary is a leaf too."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _flatten(inner, f"{prefix}.{key}" if prefix else str(key))
    else:
        yield prefix, json.dumps(value, ensure_ascii=False)
