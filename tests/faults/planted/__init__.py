"""Faults that others have made, planted one by one in a copy of the tree, to see that the harness finds each."""
