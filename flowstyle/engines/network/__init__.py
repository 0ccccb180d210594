"""The engine of trained networks: one pass for each frame, in the one style that was learned."""
