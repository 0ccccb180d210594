"""How good and how fast the results are: clips, ingredients of consistency, feature networks."""
