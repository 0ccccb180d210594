"""Result files: what was measured, together with where, when and with which versions."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from flowstyle.render.fingerprint import METHOD
from flowstyle.version import __version__
from scripts.common.paths import ROOT

PACKAGES = ("torch", "torchvision", "numpy", "opencv-contrib-python", "av")
"""Their versions decide about speed and last digits."""


STAMP = re.compile(r"date: \d{4}-\d\d-\d\d; .*")
"""The line beside a measured table, from :func:`described`: when, where, and with which code."""


def metadata(**more: object) -> dict[str, Any]:
    """What a reader needs to compare figures: date, machine, versions, and ``more`` as given.

    Values are plain text, numbers or lists of them.
    """
    import torch

    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "flowstyle": __version__,
        "method": METHOD,
        "commit": _commit(),
        "python": platform.python_version(),
        **{name: _version(name) for name in PACKAGES},
        "machine": _processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "gpu": gpu,
        **more,
    }


def write_json(path: Path, value: object) -> None:
    """Write a JSON file in one step: who reads it sees the old or the new one, never a half."""
    text = json.dumps(value, indent=1, default=str, ensure_ascii=False)
    write_text(path, text + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text file in one step."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def write_measured(page: Path, text: str, name: str | None = None) -> None:
    """Put a text between the marks of a page of documents that hold what was measured.

    Args:
        page: of the documents.
        text: what was measured.
        name: of the place, where the page has several: ``<!-- measured: NAME -->``.

    Raises:
        ValueError: the page has no such place.
    """
    start, end = f"<!-- measured{f': {name}' if name else ''} -->", "<!-- end -->"
    before, found, rest = page.read_text(encoding="utf-8").partition(start)
    _, ended, after = rest.partition(end)
    if not found or not ended:
        raise ValueError(f"{page.name} has no {start} with {end} after it")
    write_text(page, f"{before}{start}\n\n{text.strip()}\n\n{end}{after}")


def write_report(folder: Path, meta: Mapping[str, Any], results: object, text: str) -> str:
    """Write ``results.json`` (metadata and results) and ``results.md`` (text) into a folder.

    Returns:
        The text.
    """
    write_json(folder / "results.json", {"meta": meta, "results": results})
    write_text(folder / "results.md", text)
    return text


def described(meta: Mapping[str, Any]) -> str:
    """Metadata in one line of Markdown; what is not known is left out."""
    return "; ".join(f"{key}: {value}" for key, value in meta.items() if value is not None)


def table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    return "\n".join(line(cells) for cells in (head, ["---"] * len(head), *body))


def line(cells: Sequence[str]) -> str:
    """One line of a Markdown table."""
    return "| " + " | ".join(cells) + " |"


def number(value: float | None) -> str:
    """Three digits, or a dash for what was not measured."""
    return "–" if value is None else f"{value:.3g}"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _commit() -> str | None:
    """Short name of the checkout's commit, ``-dirty`` with changes; None outside of git."""
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def _processor() -> str:
    """Name of the processor; Linux tells it in one file only."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for entry in info.read_text(errors="replace").splitlines():
            key, _, value = entry.partition(":")
            if key.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()
