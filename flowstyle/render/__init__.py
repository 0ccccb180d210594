"""A render around the painting: reading in, checks before it, writing out.

Nothing here computes a frame.
"""
