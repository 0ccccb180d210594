"""The command line on a pretended GPU, to find what only a GPU would complain of.

Tensors of the device ``pretended`` compute on the CPU, hence give the CPU's bytes, but like a real
GPU's they refuse to meet tensors of the CPU, and the places that wait for them are counted:

    python -m tests.helpers.pretend_gpu WAITS.json run CLIP STYLE ...

It changes torch for the whole process, so it is run in one of its own. What the program does only
where a device is called ``cuda`` (deterministic algorithms, the choice of precision and flow, a
second try when memory runs out) is not run.
"""

from __future__ import annotations

import json
import sys
import threading
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

NAME = "pretended"
PACKAGE = Path(__file__).parents[2] / "flowstyle"
WAITING = ("aten::_local_scalar_dense", "aten::item", "aten::equal", "aten::nonzero")
waits: Counter[str] = Counter()
"""How often each place in flowstyle waited, as ``folder/file:function`` from the outside in."""


class OnGpu(torch.Tensor):
    """A tensor that says it lives on the pretended GPU; ``inner`` is the CPU's."""

    inner: torch.Tensor

    @staticmethod
    def __new__(cls, inner: torch.Tensor) -> OnGpu:
        outer = torch.Tensor._make_wrapper_subclass(
            cls,
            inner.shape,
            strides=inner.stride(),
            storage_offset=inner.storage_offset(),
            dtype=inner.dtype,
            device=torch.device(NAME, 0),
        )
        outer.inner = inner
        return outer

    def __repr__(self, **_: Any) -> str:
        return f"OnGpu({self.inner!r})"

    @classmethod
    def __torch_dispatch__(cls, operator, types, args=(), kwargs=None):
        return compute(operator, args, kwargs or {})


class OnThisThread(TorchDispatchMode):
    """Sees to what has no tensor to begin with, such as ``torch.zeros(1, device=...)``."""

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        return compute(operator, args, kwargs or {})


def compute(operator: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
    """Compute on the CPU; give back tensors of the device that a GPU would have put them on."""
    name = operator.name()
    tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
    ours = [tensor for tensor in tensors if isinstance(tensor, OnGpu)]
    wanted = kwargs.get("device")
    to_gpu = bool(ours) if wanted is None else torch.device(wanted).type == NAME
    moves = name in ("aten::_to_copy", "aten::copy_")
    # A copy from ordinary memory waits as well, in either direction.
    if (ours and name in WAITING) or (moves and crosses(args, ours, to_gpu)):
        waits[place()] += 1
    if not moves:
        check_devices(name, args, tensors, ours)
    if wanted is not None:
        kwargs = {**kwargs, "device": torch.device("cpu")}
    if moves:
        kwargs = {key: value for key, value in kwargs.items() if key != "non_blocking"}
    inner_args, inner_kwargs = tree_map_only(OnGpu, lambda t: t.inner, (args, kwargs))
    result = operator(*inner_args, **inner_kwargs)
    if name.split(".")[0].endswith("_"):  # in place
        return args[0]
    if "out" in kwargs:
        return kwargs["out"]
    return tree_map_only(torch.Tensor, OnGpu, result) if to_gpu else result


def crosses(args: tuple, ours: list, to_gpu: bool) -> bool:
    """Whether a copy goes from one device to the other."""
    if len(args) > 1 and isinstance(args[1], torch.Tensor):  # copy_(target, source)
        return isinstance(args[0], OnGpu) != isinstance(args[1], OnGpu)
    return bool(ours) != to_gpu


def check_devices(name: str, args: tuple, tensors: list, ours: list) -> None:
    """Single numbers of the CPU may meet a GPU's tensors in arithmetic; indices of the CPU, too."""
    strangers = [tensor for tensor in tensors if not isinstance(tensor, OnGpu)]
    if name in ("aten::index.Tensor", "aten::index_put", "aten::index_put_"):
        if isinstance(args[0], OnGpu) and all(isinstance(t, OnGpu) for t in args[2:3]):
            return
    elif not any(word in name for word in ("cat", "stack", "index", "gather", "scatter")):
        strangers = [tensor for tensor in strangers if tensor.dim()]
    if ours and strangers:
        shapes = [f"{type(tensor).__name__} {tuple(tensor.shape)}" for tensor in tensors]
        raise RuntimeError(f"{name}: tensors on two devices: {', '.join(shapes)}")


def place() -> str:
    """The functions of flowstyle that led here."""
    return " ".join(
        f"{Path(frame.filename).relative_to(PACKAGE)}:{frame.name}"
        for frame in traceback.extract_stack()
        if Path(frame.filename).is_relative_to(PACKAGE)
    )


def pretend() -> None:
    """Make the device known to torch and let renders choose it."""
    _setup_privateuseone_for_python_backend(NAME)
    torch.get_device_module(NAME).get_amp_supported_dtype = lambda: [torch.bfloat16]

    # These build their tensors below the level at which a mode is asked.
    of_numbers = torch.tensor

    def tensor(data, *, device=None, **more):
        return of_numbers(data, **more).to(device or "cpu")

    def new_tensor(self, data, *, dtype=None, device=None):
        return of_numbers(data, dtype=dtype or self.dtype).to(device or self.device)

    torch.tensor = tensor
    torch.Tensor.new_tensor = new_tensor  # type: ignore[method-assign]

    run = threading.Thread.run

    def run_on_this_thread(self):
        with OnThisThread():
            run(self)

    threading.Thread.run = run_on_this_thread  # type: ignore[method-assign]

    import flowstyle.pipeline
    import flowstyle.render.still
    import flowstyle.report.flow_view

    for module in (flowstyle.pipeline, flowstyle.render.still):
        module.choose_device = lambda choice: torch.device(NAME, 0)
    flowstyle.report.flow_view.find_device = lambda choice: torch.device(NAME, 0)


def main() -> None:
    """Run a command; write down what waited."""
    pretend()
    from flowstyle.cli.main import app

    report, *command = sys.argv[1:]
    with OnThisThread():
        app(command, standalone_mode=False)
    Path(report).write_text(json.dumps(waits))


if __name__ == "__main__":
    main()
