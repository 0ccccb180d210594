"""A page to work in: choose, look, render, compare; ``flowstyle studio`` serves it."""
