"""Everything around the program: measuring it, training its network, drawing its demo, breaking it.

A script runs from any folder, as ``python scripts/benchmarks/clips.py``; what several of them need
lies in ``common``. Tests may import from here; nothing here imports tests.
"""
