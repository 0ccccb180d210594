"""Training of the compact features, which come with the program, on the activations of VGG19."""
