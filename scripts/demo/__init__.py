"""The demo clip, the demo styles and the README's pictures, all drawn or rendered from a seed."""
