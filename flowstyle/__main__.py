"""``python -m flowstyle`` is the command ``flowstyle``."""

from flowstyle.cli.start import main

if __name__ == "__main__":
    main()
