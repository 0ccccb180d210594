"""The work folder: what is done so far, safe against kills, full disks and changed inputs."""

from flowstyle.workdir.fingerprint import file_identity, machine_identity
from flowstyle.workdir.workdir import WorkDir

__all__ = ["WorkDir", "file_identity", "machine_identity"]
