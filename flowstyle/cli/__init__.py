"""The command line, one file a command: options in, errors out as exit codes.

No work is done here.
"""
