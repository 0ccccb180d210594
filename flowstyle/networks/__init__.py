"""Networks that were trained for a style: their layers, and the files that they are kept in."""
