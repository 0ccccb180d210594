"""Options that several scripts have in common, and what they stand for."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.common.paths import SHARED

if TYPE_CHECKING:
    from flowstyle.features.base import FeatureNetwork


def make_parser(description: str | None) -> argparse.ArgumentParser:
    """A parser whose ``--help`` begins with a script's whole docstring, lines kept."""
    return argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def add_out(parser: argparse.ArgumentParser, help: str = "folder for renders and results") -> None:
    """``--out``: a folder, made by :func:`make_out`."""
    parser.add_argument("--out", type=Path, required=True, help=help)


def make_out(options: argparse.Namespace) -> Path:
    """The folder ``--out``, absolute; it is there from now on."""
    out = Path(options.out).absolute()
    out.mkdir(parents=True, exist_ok=True)
    return out


def add_shared(parser: argparse.ArgumentParser) -> None:
    """``--shared``: the folder with ``clips/`` and ``styles/``."""
    parser.add_argument(
        "--shared", type=Path, default=SHARED, help="folder with clips/ and styles/ (%(default)s)"
    )


def shared_file(options: argparse.Namespace, *parts: str) -> Path:
    """A file or folder in the shared folder.

    Raises:
        SystemExit: it is not there.
    """
    path = Path(options.shared).joinpath(*parts)
    if not path.exists():
        raise SystemExit(f"missing: {path}; name the folder with --shared")
    return path


def add_judge(parser: argparse.ArgumentParser) -> None:
    """``--judge`` and ``--judge-weights``: what measures stability and style."""
    parser.add_argument(
        "--judge", default="tvl1", help="flow of the judge: tvl1, farneback, raft or dis"
    )
    parser.add_argument(
        "--judge-weights", type=Path, help="VGG19 weights that measure style; else compact"
    )


def judge_network(options: argparse.Namespace) -> FeatureNetwork:
    """The network that measures style: VGG19 with ``--judge-weights``, else the compact one."""
    from flowstyle.features.select import select_features

    name = "vgg19" if options.judge_weights else "compact"
    return select_features(name, weights=options.judge_weights)


def names(text: str) -> list[str]:
    """``a,b,c`` as a list; for ``type=``."""
    return [name for name in text.split(",") if name]


def on_one_thread(doc: str | None, page: Path) -> tuple[argparse.Namespace, Path]:
    """The command line of a script that measures on one thread and writes into a page.

    Args:
        doc: the script's own documentation.
        page: of the documents, for ``--write``.

    Returns:
        The options, with ``write``; and the folder for results.
    """
    import cv2  # here: scripts that set flowstyle up do so before torch is imported
    import torch

    parser = make_parser(doc)
    add_out(parser, "folder for results")
    parser.add_argument("--write", action="store_true", help=f"write the table to docs/{page.name}")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    return options, make_out(options)
