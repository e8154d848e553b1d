"""Messages and how they reach a post. This floor never learns what a case is."""
