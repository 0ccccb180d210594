"""What guides the painting over time and over the frame: which styles, how much of each.

Today the styles of a render are constant; nothing here paints.
"""
