"""The roof: what the outside meets."""
