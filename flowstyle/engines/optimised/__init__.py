"""The engine that optimises the pixels of each frame under content, style and temporal losses.

Losses and optimisers themselves are in rooms of their own.
"""
