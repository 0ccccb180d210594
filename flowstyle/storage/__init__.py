"""The work folder: what is done so far, safe against kills, full disks and changed inputs.

Nothing here decides what is painted or in which order.
"""

from flowstyle.storage.fingerprint import file_identity, machine_identity
from flowstyle.storage.workdir import WorkDir

__all__ = ["WorkDir", "file_identity", "machine_identity"]
