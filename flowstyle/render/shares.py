"""How a render is shared out: how many processes, on which devices, with how many threads each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from flowstyle.core.device import find_device, kind_of
from flowstyle.core.errors import UsageError
from flowstyle.core.events import Decision, Report
from flowstyle.core.threads import Threads
from flowstyle.execution.cluster.asked import Cluster
from flowstyle.execution.registry import EXECUTORS
from flowstyle.render.result import Output
from flowstyle.settings import Settings
from flowstyle.storage.archive import kept_fingerprint


@dataclass(frozen=True)
class Shares:
    """A decision; see :func:`shared_out`.

    Args:
        executor: name of what has the shots painted.
        workers: number of processes that paint.
        devices: on which they compute, in turn; the first one decides what is said of devices.
        threads: of each process, and of this one meanwhile.
        cluster: where they are Ray's.
    """

    executor: str
    workers: int
    devices: tuple[str, ...]
    threads: Threads
    cluster: Cluster | None = None

    @property
    def on_each_device(self) -> int:
        """The most workers on one device."""
        return -(-self.workers // len(self.devices))


def shared_out(output: Output, settings: Settings, folder: Path, report: Report) -> Shares:
    """Decide how a render is shared out.

    Workers, devices and executor decide no bytes; the number of threads does. Work that was begun
    therefore goes on with the threads that it was begun with, however many workers there are now.

    Args:
        output: what was asked for.
        settings: the render's.
        folder: the work folder, which may not exist.
        report: told what was decided, where it is more than one process.

    Raises:
        UsageError: fewer than one worker, a device that is not here, devices of several kinds;
            Ray is missing, or asked for what is not its own or makes no sense.
    """
    if output.executor is not None:
        EXECUTORS.get(output.executor)  # one that is not there is refused now
    if output.executor == "ray":
        return _by_ray(output, settings, folder)
    _refuse_ray_options(output)
    devices = _devices(output, settings)
    workers = len(devices) if output.workers is None else output.workers
    if workers < 1:
        raise UsageError(f"{workers} workers cannot paint anything", "--workers", "give 1 or more")
    executor = output.executor or ("local" if workers > 1 else "inline")
    begun = None if output.restart else _begun_with(folder)
    threads = begun or Threads.now().shared(workers)
    devices = devices[:workers]
    if workers > 1 or executor != "inline":
        each = "1 thread" if threads.torch == 1 else f"{threads.torch} threads"
        as_begun = ", as this work was begun" if begun else ""
        where = ", ".join(devices)
        report(Decision("workers", f"{workers} on {where}, {each} each{as_begun}"))
    elif begun and begun != Threads.now():
        report(Decision("threads", f"{begun.torch}, as this work was begun"))
    return Shares(executor, workers, devices, threads)


def _by_ray(output: Output, settings: Settings, folder: Path) -> Shares:
    """Shares of a render that Ray has painted; how many jobs there are, it says itself."""
    if output.devices:
        raise UsageError(
            "Ray gives out the devices itself", "--devices", "give --gpus-per-job instead"
        )
    if output.workers is not None and output.workers < 1:
        raise UsageError(
            f"{output.workers} workers cannot paint anything", "--workers", "give 1 or more"
        )
    if output.debug and not output.shared_disk:
        raise UsageError(
            "debug pictures are not sent", "--debug and --no-shared-disk", "leave one of them out"
        )
    device = find_device(settings.device)
    cpus = 1 if output.cpus_per_job is None else output.cpus_per_job
    gpus = float(device.type == "cuda") if output.gpus_per_job is None else output.gpus_per_job
    cluster = Cluster(output.address, cpus, gpus, output.shared_disk, output.workers)
    cluster.check()
    if bool(gpus) != (device.type == "cuda"):
        raise UsageError(
            f"jobs with {gpus:g} GPUs cannot paint on {device}",
            "--gpus-per-job and --device",
            "give --device cuda with GPUs, and --device cpu without",
        )
    here = Threads.now().torch // cpus if output.address is None else 1
    begun = None if output.restart else _begun_with(folder)
    workers = output.workers or max(1, here)
    return Shares("ray", workers, (str(device),), begun or Threads(cpus, cpus), cluster)


def _refuse_ray_options(output: Output) -> None:
    """Refuse what only Ray would heed."""
    given = {
        "--address": output.address,
        "--cpus-per-job": output.cpus_per_job,
        "--gpus-per-job": output.gpus_per_job,
        "--no-shared-disk": None if output.shared_disk else True,
    }
    for option, value in given.items():
        if value is not None:
            raise UsageError(f"{option} is for Ray alone", option, "add --executor ray")


def _devices(output: Output, settings: Settings) -> tuple[str, ...]:
    """Devices to compute on, all of one kind."""
    if not output.devices:
        device = find_device(settings.device)
        if device == torch.device("cuda") and (output.workers or 1) > 1:
            return _of_first_kind([f"cuda:{i}" for i in range(torch.cuda.device_count())])
        return (str(device),)
    found = [str(find_device(name)) for name in output.devices]
    kinds = list(dict.fromkeys(map(kind_of, found)))
    if len(kinds) > 1:
        raise UsageError(
            f"these devices give different bytes: {', '.join(kinds)}",
            "--devices",
            "give devices of one kind",
        )
    return tuple(found)


def _of_first_kind(devices: list[str]) -> tuple[str, ...]:
    """Those that give the same bytes as the first one."""
    return tuple(one for one in devices if kind_of(one) == kind_of(devices[0]))


def _begun_with(folder: Path) -> Threads | None:
    """The threads that work in a folder was begun with, if any was."""
    machine = (kept_fingerprint(folder) or {}).get("machine")
    machine = machine if isinstance(machine, dict) else {}
    counts = [machine.get(name) for name in ("threads", "opencv_threads")]
    whole = [count for count in counts if isinstance(count, int) and count > 0]
    return Threads(*whole) if len(whole) == len(counts) else None
