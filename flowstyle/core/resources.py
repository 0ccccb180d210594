"""Files that travel with the package: bundled weights."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parents[1]


def asset(name: str) -> Path:
    """Path of a file below ``assets/``.

    In a wheel the assets lie inside the package; in a checkout they lie beside it.

    Args:
        name: path relative to ``assets``, for instance ``weights/compact.safetensors``.

    Returns:
        An existing path.

    Raises:
        FileNotFoundError: if the installation lacks the file.
    """
    for root in (PACKAGE / "assets", PACKAGE.parent / "assets"):
        path = root / name
        if path.is_file():
            return path
    raise FileNotFoundError(f"flowstyle's own file assets/{name} is missing; reinstall flowstyle")
