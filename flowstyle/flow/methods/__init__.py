"""The methods of estimating flow, one file each; :mod:`flowstyle.flow.registry` lists them.

What they have in common is in :mod:`flowstyle.flow.protocol`.
"""
