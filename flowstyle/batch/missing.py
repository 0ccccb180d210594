"""Clips and styles that are not there, told beside what is wrong with the file of jobs itself."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from flowstyle.batch.problems import Problems
from flowstyle.batch.sources import read_clips, read_styles
from flowstyle.core import disk
from flowstyle.core.errors import FlowstyleError, UsageError
from flowstyle.core.nearby import advice_for
from flowstyle.media.picture_folder import is_pattern
from flowstyle.networks.names import located


def tell_missing(content: Mapping[str, Any], base: Path, problems: Problems) -> None:
    """Find what is not there, of all tables, also of those that cannot become jobs.

    A file that is right has its clips and styles looked at one by one before the first render.
    One that is not would be put right, only to hear then that its clips are missing.

    Args:
        content: of the file, whose form is right.
        base: its folder.
        problems: takes what is found; nothing is looked for where it holds nothing.
    """
    if not problems:
        return
    told: set[Path] = set()
    for number, table in enumerate(content["job"], start=1):
        place = f"[[job]] {number}"
        for what, path in _named(content.get("defaults", {}) | table, base, place):
            if path in told or is_pattern(path) or not (why := disk.why_missing(located(path))):
                continue
            told.add(path)
            with problems:
                raise UsageError(
                    f"the {what} {path} {why}", place, advice_for(path, "check the path")
                )


def _named(values: Mapping[str, Any], base: Path, place: str) -> list[tuple[str, Path]]:
    """What a table names; what is wrong with the names themselves has been told."""
    found: list[tuple[str, Path]] = []
    with suppress(FlowstyleError):
        found += [("clip", path) for path in read_clips(values.get("clip"), base, place)]
    with suppress(FlowstyleError):
        styles = read_styles(values.get("style"), base, place)
        found += [("style", path) for each in styles for path in each]
    return found
