"""Arbitrary and damaged bytes: only the project's own, complete errors escape."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scripts.stress.targets import TARGETS


@st.composite
def damaged(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """A valid file with some bytes changed, then perhaps cut off, repeated or continued."""
    data = bytearray(draw(st.sampled_from(seeds)))
    for place, byte in draw(
        st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6)
    ):
        data[place % len(data)] = byte
    cut = draw(st.one_of(st.none(), st.integers(0, len(data))))
    if cut is not None:
        data = data[:cut]
    return bytes(data) + draw(st.binary(max_size=8))


@pytest.mark.parametrize("name", TARGETS)
def test_valid_and_odd_seeds(name: str, tmp_path: Path):
    target, seeds = TARGETS[name]
    for data in [*seeds, b"", b"\0", b"\xff" * 1000]:
        target(tmp_path, data)


@pytest.mark.parametrize("name", TARGETS)
def test_damaged_bytes(name: str, tmp_path_factory: pytest.TempPathFactory):
    target, seeds = TARGETS[name]
    folder = tmp_path_factory.mktemp(name)

    @settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.one_of(damaged(seeds), st.binary(max_size=60)))
    def check(data: bytes) -> None:
        target(folder, data)

    check()


def test_oracle_notices_an_unexplained_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def broken(*args: object, **kwargs: object) -> None:
        raise IndexError("like a bug in a parser")

    monkeypatch.setattr("scripts.stress.targets.read_picture", broken)
    with pytest.raises(IndexError):
        TARGETS["style"][0](tmp_path, b"")
