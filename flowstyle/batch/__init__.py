"""Many renders from one file: read it, check all of it, then paint one job after the other.

``options`` says what a file may say, ``sources`` finds the files that it names, ``file`` makes jobs
of it, ``check`` refuses what can be refused before the first render, ``book`` keeps what is done,
``run`` paints.
"""
