"""The sealer: closes the books every few seconds, and gives the newest root to somebody outside."""
