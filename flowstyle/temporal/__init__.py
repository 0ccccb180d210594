"""What a frame takes from its neighbours before it is painted, and what is settled afterwards.

The same for every engine; nothing here optimises or knows a feature network.
"""
