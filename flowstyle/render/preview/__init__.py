"""A look at a render before it is made: three frames and a short moving piece, painted small."""
