"""What several scripts share: paths, options, results, and clips of which everything is known.

Only :mod:`scripts.common.results` and :mod:`scripts.common.options` know the program; the clips and
the reading of their facts do not, so that a mistake in the program is not repeated in them.
"""
