"""How stable, sharp, true in colour and well styled a clip is: pure functions, one idea a file."""
