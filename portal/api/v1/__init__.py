"""The first version of the partner API. It changes by addition only."""
