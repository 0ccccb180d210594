"""Trains a network for a style: pictures, synthetic motion, losses, the loop."""
