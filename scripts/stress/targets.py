"""What is fuzzed: all that reads a stranger's bytes. Only the project's own errors may escape.

Each target writes the bytes into a file and reads it as a run would. ``fuzz.py`` tries them for
long, ``tests/faults/test_fuzz.py`` for a moment.
"""

from __future__ import annotations

import contextlib
import io
import pickle
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save

from flowstyle.core.errors import FlowstyleError
from flowstyle.features.weights import read_weights
from flowstyle.flow.methods.files import read_flow
from flowstyle.media.pictures import read_picture
from flowstyle.networks.card import Card, CardFeatures, CardStyle
from flowstyle.networks.feed_forward import FeedForward
from flowstyle.networks.file import TrainedStyle, encoded, load_trained
from flowstyle.settings import load_settings
from flowstyle.storage import WorkDir

Target = Callable[[Path, bytes], None]


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Accept the project's own errors, which must have all three parts."""
    try:
        yield
    except FlowstyleError as error:
        if not (error.what and error.where and error.advice and error.exit_code > 1):
            raise AssertionError(f"not explained in three parts: {error!r}") from error


def style(folder: Path, data: bytes) -> None:
    """A style picture."""
    path = folder / "style"
    path.write_bytes(data)
    with explained():
        picture = read_picture(path, max_pixels=512 * 512)
        assert picture.ndim == 3
        assert picture.shape[2] == 3


def flow(folder: Path, data: bytes) -> None:
    """A flow file, .flo and KITTI."""
    for suffix in (".flo", ".png"):
        path = folder / f"flow{suffix}"
        path.write_bytes(data)
        with explained():
            vectors, valid = read_flow(path)
            assert vectors.shape[1:] == valid.shape[-2:]


def weights(folder: Path, data: bytes) -> None:
    """A weights file; no bytes may make it VGG19's by accident."""
    path = folder / "weights.pth"
    path.write_bytes(data)
    with explained():
        read_weights(path)
        raise AssertionError("weights were accepted")


def network(folder: Path, data: bytes) -> None:
    """A trained network."""
    path = folder / "network.safetensors"
    path.write_bytes(data)
    with explained():
        load_trained(path)


def settings(folder: Path, data: bytes) -> None:
    """A settings file."""
    path = folder / "settings.toml"
    path.write_bytes(data)
    with explained():
        load_settings({}, file=path)


def journal(folder: Path, data: bytes) -> None:
    """A journal, read, then gone on with."""
    _new_work_folder(folder)
    (folder / "work/journal.jsonl").write_bytes(data)
    with explained(), WorkDir.open(folder / "work", {"a": 1}) as work:
        work.verified("final")
        work.records("cuts")
        work.commit_bytes("last", b"data")
    with WorkDir.open(folder / "work", {"a": 1}) as work:
        assert work.load_bytes("last") == b"data"


def fingerprint(folder: Path, data: bytes) -> None:
    """The settings.json of a work folder."""
    _new_work_folder(folder)
    (folder / "work/settings.json").write_bytes(data)
    with explained():
        WorkDir.open(folder / "work", {"a": 1}).close()


def _new_work_folder(folder: Path) -> None:
    shutil.rmtree(folder / "work", ignore_errors=True)
    WorkDir.open(folder / "work", {"a": 1}).close()


def _picture(kind: str, **options: object) -> bytes:
    data = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (20, 24, 3), np.uint8)
    Image.fromarray(noise).save(data, kind, **options)
    return data.getvalue()


class _Hostile:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (Path.touch, (Path("/nonexistent/hostile"),))  # type: ignore[return-value]


def _torch_file() -> bytes:
    data = io.BytesIO()
    torch.save({"features.0.weight": torch.zeros(64, 3, 3, 3)}, data)
    return data.getvalue()


def _zip() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({"a": 1}))
    return data.getvalue()


def _network() -> bytes:
    style = CardStyle(name="dots", sha256="")
    card = Card(
        name="dots",
        styles=(style,),
        widths=(1, 1),
        blocks=0,
        features=CardFeatures(name="compact", digest=""),
        steps=1,
        minutes=0,
        style_size=1,
        created_by="0",
    )
    picture = np.zeros((16, 16, 3), np.uint8)
    return encoded(TrainedStyle(FeedForward((1, 1), 0), card, picture))


TARGETS: dict[str, tuple[Target, list[bytes]]] = {
    "style": (
        style,
        [
            *map(_picture, ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF", "PPM")),
            _picture("TIFF", compression="tiff_lzw"),
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99 99\n",
            b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
        ],
    ),
    "flow": (
        flow,
        [
            b"PIEH" + np.array([3, 2], "<i4").tobytes() + np.zeros(12, "<f4").tobytes(),
            b"PIEH" + np.array([2**30, 2**30], "<i4").tobytes(),
            _picture("PNG"),
        ],
    ),
    "weights": (
        weights,
        [
            _torch_file(),
            save({"conv1_1.weight": torch.zeros(64, 3, 3, 3)}),
            pickle.dumps({"a": 1}),
            pickle.dumps(_Hostile()),
            _zip(),
            b"<!DOCTYPE html><html>404</html>",
        ],
    ),
    "network": (network, [_network(), save({"leave.bias": torch.zeros(4)})]),
    "settings": (
        settings,
        [
            b'preset = "draft"\niterations = 3\nstyle_weight = 1e3\nstyle_layers = ["relu1_1"]\n',
            b'complete = true\nstability = 0.4\n[result]\ncodec = "av1"\nblend = [1, 2.5]\n',
            b'complete = true\nstability = "much"\npreset = [1]\n[result]\nfps = true\n',
            b"stability = 0.5\n[table]\nx = 2020-01-01\n",
            b"preset = [1]\niterations = nan\nwidth = 1e400\n",
            b"a = " + b"[" * 3000,
        ],
    ),
    "journal": (
        journal,
        [
            b'{"type":"cuts","at":[1]}\n{"name":"final/000001.png","sha256":"'
            + b"0" * 64
            + b'"}\n',
            b'{"discard":"final"}\n{"name":"../../x","sha256":"' + b"0" * 64 + b'"}\n',
            b'{"name":1,"sha256":[],"extra":3}\n' + b"[" * 100_000 + b"\n",
        ],
    ),
    "fingerprint": (fingerprint, [b'{\n  "a": 1\n}\n', b'{"a":{"b":[null]}}', b"[" * 100_000]),
}
"""Each target, and valid files of its kind from which damaged ones are made."""
