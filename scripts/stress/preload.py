"""Imported once by the fork server: everything that takes seconds.

Nothing may run a backward pass here: PyTorch's gradient engine does not survive a fork.
"""

import cv2  # noqa: F401 - before av
import numpy.random  # noqa: F401
import torch
import torch._dynamo  # torch.optim imports it at its first use
from PIL import Image

import av  # noqa: F401 # isort: skip

import flowstyle.cli.main
import flowstyle.pipeline
import flowstyle.report.doctor  # noqa: F401

torch.set_num_threads(1)
Image.init()
