"""Optical flow: estimating it, reading it from files, warping by it, and when to trust it.

Nothing of style here; what a frame does with a warped neighbour is in :mod:`flowstyle.temporal`.
"""
