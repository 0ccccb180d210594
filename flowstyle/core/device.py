"""Which device computes, and that it computes the same each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from typing import Any, TypeVar

import torch

from flowstyle.core.errors import UsageError

T = TypeVar("T")


def find_device(choice: str) -> torch.device:
    """The device of a name; ``auto`` takes a CUDA device where there is one.

    Raises:
        UsageError: no such device here.

    Example:
        >>> find_device("cpu")
        device(type='cpu')
    """
    if choice == "auto":
        choice = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(choice)
        if device.type not in ("cpu", "cuda"):
            raise RuntimeError("not one that renders were made on")
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UsageError(
            f"the device {choice!r} cannot be used here",
            "--device",
            "leave it out; flowstyle doctor lists what there is",
        ) from error
    return device


def kind_of(device: str) -> str:
    """A device by what decides its bytes: the same for all of one model, whatever their number.

    Args:
        device: torch name.

    Example:
        >>> kind_of("cpu")
        'cpu'
    """
    if device.startswith("cuda") and torch.cuda.is_available():
        return f"cuda ({torch.cuda.get_device_name(device)})"
    return device


@contextmanager
def own_stream(device: torch.device) -> Iterator[None]:
    """What the block computes on a GPU waits for nothing that other threads compute there.

    It is all done when the block ends.

    Args:
        device: any; a CPU has no streams.
    """
    if device.type != "cuda":
        yield
        return
    stream: Any = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
    with torch.cuda.stream(stream):
        yield
        stream.synchronize()


def both(one: Callable[[], T], other: Callable[[], T], device: torch.device) -> tuple[T, T]:
    """Results of two functions, which run at the same time beside a GPU.

    Where the CPU paints it has no core to spare, and they run one after the other.

    Args:
        one: runs on this thread.
        other: runs on a thread of its own, on the same stream of the GPU.
        device: that paints, and that both may also compute on.

    Raises:
        BaseException: what one of them raised.
    """
    if device.type != "cuda":
        return one(), other()
    return at_once(one, other, device)


def at_once(one: Callable[[], T], other: Callable[[], T], device: torch.device) -> tuple[T, T]:
    """Results of two functions, the other one's computed on a thread of its own.

    Args:
        one: runs on this thread.
        other: gains where it leaves Python alone, as OpenCV does while it computes; on a GPU it
            goes on in this thread's stream.
        device: that both may compute on.

    Raises:
        BaseException: what one of them raised.

    Example:
        >>> at_once(lambda: 1, lambda: 2, torch.device("cpu"))
        (1, 2)
    """
    here: Any = nullcontext()
    if device.type == "cuda":
        here = torch.cuda.stream(torch.cuda.current_stream(device))

    def beside() -> T:
        with here:
            return other()

    with ThreadPoolExecutor(1, "beside") as pool:
        future = pool.submit(beside)
        return one(), future.result()


@contextmanager
def reproducible(device: torch.device) -> Iterator[None]:
    """While the block runs, gradients are recorded and bytes repeat.

    That is, also where the caller has turned gradients off; and a CUDA device computes the same
    bytes each time, in true float32.

    torch's own state is put back afterwards, but for whether it would only warn, where it is not
    deterministic. CPUs need no more than
    :func:`flowstyle.core.process.set_up`.

    Args:
        device: where the block computes.
    """
    with torch.inference_mode(False), torch.enable_grad():
        if device.type == "cuda":
            with _deterministic_cuda():
                yield
        else:
            yield


@contextmanager
def _deterministic_cuda() -> Iterator[None]:
    deterministic = torch.get_deterministic_debug_mode()
    cudnn = torch.backends.cudnn
    guarded: Any = torch.utils.deterministic  # typed as a module without the attribute
    benchmark, tf32 = cudnn.benchmark, cudnn.allow_tf32
    filled = guarded.fill_uninitialized_memory
    try:
        # The same as use_deterministic_algorithms(True, warn_only=True), which loads torch's
        # compiler: one to three seconds.
        torch.set_deterministic_debug_mode("warn")
        cudnn.benchmark, cudnn.allow_tf32 = False, False
        # Nothing reads memory that it has not written; filling it takes a tenth of an iteration.
        guarded.fill_uninitialized_memory = False
        yield
    finally:
        torch.set_deterministic_debug_mode(deterministic)
        cudnn.benchmark, cudnn.allow_tf32 = benchmark, tf32
        guarded.fill_uninitialized_memory = filled
