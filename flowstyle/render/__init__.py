"""The moving parts of a render around the optimisation: reading in, keeping, writing out."""
