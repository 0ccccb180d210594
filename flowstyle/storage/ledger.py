"""What a journal's records say: which files are done, which kinds were given up."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flowstyle.storage.journal import Record

KIND = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
FRAME = re.compile(r"([a-z0-9][a-z0-9_-]{0,63})/(\d{6,9})\.png")
NAME = re.compile(r"(?:[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}/)?[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Entry:
    """A committed file: its hash, and what was noted with it."""

    sha256: str
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass
class Ledger:
    """The state that the records lead to, in order.

    ``files`` by name; ``given_up`` the files of discarded kinds that may still lie around;
    ``discarded`` those kinds; ``notes`` all other records.
    """

    files: dict[str, Entry] = field(default_factory=dict)
    given_up: set[str] = field(default_factory=set)
    discarded: set[str] = field(default_factory=set)
    notes: list[Record] = field(default_factory=list)

    @classmethod
    def of(cls, records: Iterable[Record]) -> Ledger:
        """Apply all records."""
        ledger = cls()
        for record in records:
            ledger.apply(record)
        return ledger

    def apply(self, record: Record) -> None:
        """Take one record into account; one that makes no sense changes nothing.

        Names are checked, so that no record leads out of the folder.
        """
        name, digest, extra = record.get("name"), record.get("sha256"), record.get("extra", {})
        kind = record.get("discard")
        if isinstance(record.get("type"), str):
            self.notes.append(record)
        elif isinstance(name, str) and isinstance(digest, str) and isinstance(extra, dict):
            if NAME.fullmatch(name) and DIGEST.fullmatch(digest):
                self.files[name] = Entry(digest, extra)
                self.given_up.discard(name)
        elif isinstance(kind, str) and KIND.fullmatch(kind):
            gone = {name for name in self.files if name.startswith(f"{kind}/")}
            self.given_up |= gone
            self.discarded.add(kind)
            for name in gone:
                del self.files[name]

    def broken(self, folder: Path) -> list[str]:
        """Names whose file is missing or does not have the noted hash."""
        return [
            name for name, entry in self.files.items() if _digest(folder / name) != entry.sha256
        ]

    def indices(self, kind: str) -> set[int]:
        """Numbers of the frames of one kind; safe while another thread adds some."""
        matches = map(FRAME.fullmatch, list(self.files))
        return {int(match[2]) for match in matches if match and match[1] == kind}


def frame_name(kind: str, index: int) -> str:
    """Name of a frame's file, ``kind/000012.png``.

    Raises:
        ValueError: if the kind is not a plain lower-case name or the index is out of range.
    """
    if not KIND.fullmatch(kind) or not 0 <= index < 10**9:
        raise ValueError(f"not a kind and index of a frame: {kind!r}, {index!r}")
    return f"{kind}/{index:06d}.png"


def _digest(path: Path) -> str | None:
    """Hash of a plain file; None for anything else, also for a link, a pipe or a read error."""
    try:
        if path.is_symlink() or not path.is_file():
            return None
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
