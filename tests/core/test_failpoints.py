"""Failpoints: counting, actions, refusal of nonsense."""

from __future__ import annotations

import errno

import pytest

from flowstyle.core import failpoints
from flowstyle.core.errors import UsageError
from flowstyle.core.failpoints import FailpointError, failpoint


@pytest.fixture(autouse=True)
def disarm():
    yield
    failpoints.configure("")


def test_unset_does_nothing():
    failpoints.configure("")
    failpoint("place")


def test_fails_exactly_at_the_counted_time():
    failpoints.configure("place:3=enospc,other=raise")
    failpoint("place")
    failpoint("place")
    with pytest.raises(OSError, match="No space") as caught:
        failpoint("place")
    assert caught.value.errno == errno.ENOSPC
    failpoint("place")
    with pytest.raises(FailpointError):
        failpoint("other")


def test_out_of_memory_has_the_allocator_s_text():
    failpoints.configure("place=oom")
    with pytest.raises(RuntimeError, match="DefaultCPUAllocator"):
        failpoint("place")


@pytest.mark.parametrize(
    "text", ["x", "x=", "=kill", "x:0=kill", "x:a=kill", "x:-1=kill", "x=boom"]
)
def test_nonsense_is_a_usage_error(text: str):
    with pytest.raises(UsageError):
        failpoints.configure(text)


def test_environment_variable_is_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FLOWSTYLE_FAILPOINTS", "here=eio")
    failpoints.configure()
    with pytest.raises(OSError, match="Input/output"):
        failpoint("here")
