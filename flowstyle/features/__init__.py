"""Networks that turn a picture into activations, and where their weights come from.

What is measured on activations is in :mod:`flowstyle.losses`.
"""
