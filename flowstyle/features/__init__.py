"""Networks that turn a picture into activations, and where their weights come from."""
