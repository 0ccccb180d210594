"""Imported once by the fork server: everything that takes seconds."""

import cv2  # noqa: F401 - before av
import torch
import torch.nn.functional

import av  # noqa: F401 # isort: skip

torch.set_num_threads(1)
