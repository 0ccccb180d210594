"""What this machine offers, what it lacks, and what to do about each lack."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from flowstyle.core.disk import free_bytes, readable_size, require_writable
from flowstyle.core.errors import FlowstyleError
from flowstyle.core.resources import asset
from flowstyle.version import __version__

LIBRARIES = ("torch", "torchvision", "kornia", "opencv-contrib-python", "av", "numpy", "Pillow")
LOW_MEMORY = 4 * 10**9
LOW_DISK = 5 * 10**9

State = Literal["ok", "lack", "broken"]


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    ``state`` is ``ok``; ``lack`` for something that a run does without; ``broken`` for something
    that a run needs. ``advice`` says what to do about it, empty where there is nothing to do.
    """

    topic: str
    state: State
    text: str
    advice: str = ""


def examine(folder: Path) -> list[Finding]:
    """Look at everything that a run depends on; opens no connection and leaves no file.

    Args:
        folder: where results would be written.

    Returns:
        The findings; a check that fails in itself is a ``broken`` one.
    """
    checks: dict[str, Callable[[], Iterator[Finding]]] = {
        "versions": _versions,
        "device": _devices,
        "features": _features,
        "flow": _flow,
        "codecs": _codecs,
        "memory": _memory,
        "disk": lambda: _disk(folder),
        "limits": _limits,
    }
    findings: list[Finding] = []
    for topic, check in checks.items():
        try:
            findings.extend(check())
        except FlowstyleError as error:
            findings.append(Finding(topic, "broken", f"{error.what}: {error.where}", error.advice))
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            findings.append(Finding(topic, "broken", text, "reinstall: pip install -U flowstyle"))
    return findings


def _versions() -> Iterator[Finding]:
    python = f"Python {platform.python_version()} on {platform.platform()}"
    yield Finding("versions", "ok", f"flowstyle {__version__}, {python}")
    found, missing = [], []
    for library in LIBRARIES:
        try:
            found.append(f"{library} {metadata.version(library)}")
        except metadata.PackageNotFoundError:
            missing.append(library)
    if "opencv-contrib-python" in missing and _other_opencv():
        missing.remove("opencv-contrib-python")
        found.append(_other_opencv())
    yield Finding("versions", "ok", ", ".join(found))
    if missing:
        advice = f"pip install {' '.join(missing)}"
        yield Finding("versions", "broken", f"not installed: {', '.join(missing)}", advice)


def _other_opencv() -> str:
    """Another wheel of the same library, with its version; empty if there is none."""
    for library in ("opencv-contrib-python-headless", "opencv-python", "opencv-python-headless"):
        try:
            return f"{library} {metadata.version(library)}"
        except metadata.PackageNotFoundError:
            continue
    return ""


def _devices() -> Iterator[Finding]:
    import torch

    cpu = torch.backends.cpu.get_cpu_capability()
    threads = torch.get_num_threads()
    yield Finding("device", "ok", f"CPU with {os.cpu_count()} cores, {threads} threads, {cpu}")
    if not torch.cuda.is_available():
        build = "this PyTorch has no CUDA" if torch.version.cuda is None else "no GPU answers"
        advice = "with an NVIDIA GPU: install its driver and a CUDA build of PyTorch (pytorch.org)"
        yield Finding("device", "lack", f"{build}: runs use the CPU", advice)
        return
    for index in range(torch.cuda.device_count()):
        free, total = torch.cuda.mem_get_info(index)
        name = torch.cuda.get_device_name(index)
        text = f"cuda:{index} {name}, {readable_size(free)} of {readable_size(total)} free"
        yield Finding("device", "ok", text)


def _features() -> Iterator[Finding]:
    from flowstyle.features import cache
    from flowstyle.features.compact import DIGEST, WEIGHTS, load_compact

    path = asset(WEIGHTS)
    load_compact()
    yield Finding("features", "ok", f"compact: {path}, sha256 {DIGEST.read_text()[:12]}… is right")
    found = cache.cached_file()
    if found is None:
        advice = "flowstyle weights fetch downloads 548 MB once, or give --weights FILE"
        if cache.is_offline():
            advice = "give --weights FILE; FLOWSTYLE_OFFLINE forbids the download"
        yield Finding("features", "lack", "VGG19 is not on this machine: compact serves", advice)
        return
    cache.load_cached()
    yield Finding("features", "ok", f"VGG19: {found}, sha256 is right")


def _flow() -> Iterator[Finding]:
    from flowstyle.flow.methods.raft import WEIGHTS, available, weights_path

    yield Finding("flow", "ok", "DIS (OpenCV)")
    for size, weights in WEIGHTS.items():
        if available(size):
            yield Finding("flow", "ok", f"RAFT {size}: {weights_path(size)}")
        else:
            url = f"https://download.pytorch.org/models/{weights.file}"
            advice = f"to use it, put {url} into {weights_path(size).parent}"
            yield Finding("flow", "lack", f"RAFT {size} is not on this machine", advice)


def _codecs() -> Iterator[Finding]:
    from flowstyle.media.encoders import CODECS
    from flowstyle.media.pyav import av

    known = [name for name, codec in CODECS.items() if codec.encoder in av.codecs_available]
    missing = [name for name in CODECS if name not in known]
    if known:
        yield Finding("codecs", "ok", f"encoders: {', '.join(known)}")
    if missing:
        state: State = "broken" if "h264" in missing else "lack"
        advice = "install PyAV's own wheel: pip install --force-reinstall --only-binary :all: av"
        yield Finding("codecs", state, f"PyAV cannot encode {', '.join(missing)}", advice)


def _memory() -> Iterator[Finding]:
    from flowstyle.core.memory import free_memory

    free = free_memory()
    text = f"{readable_size(free)} of memory can be used"
    if free >= LOW_MEMORY:
        yield Finding("memory", "ok", text)
    else:
        yield Finding("memory", "lack", text, "close other programs or render with a small --width")


def _disk(folder: Path) -> Iterator[Finding]:
    require_writable(folder)
    free = free_bytes(folder)
    text = f"{readable_size(free)} free in {folder.absolute()}"
    if free >= LOW_DISK:
        yield Finding("disk", "ok", text)
    else:
        advice = "a 1920×1080 frame takes about 10 MB in the work folder: make room"
        yield Finding("disk", "lack", text, advice)


def _limits() -> Iterator[Finding]:
    from flowstyle.core.memory import process_limit

    files = process_limit("NOFILE")
    if files is not None and files < 256:
        yield Finding("limits", "lack", f"only {files} files can be open", "ulimit -n 1024")
    for name, limit in (("file size", "FSIZE"), ("memory", "AS")):
        value = process_limit(limit)
        if value is not None:
            text = f"this shell limits {name} to {readable_size(value)}"
            yield Finding("limits", "lack", text, "see ulimit -a")
    encoding = sys.getfilesystemencoding()
    if encoding.lower() != "utf-8":
        text = f"file names are {encoding}, not UTF-8"
        yield Finding("limits", "lack", text, "set LANG to a UTF-8 locale")
