"""From source frames and a style to stylised frames."""
