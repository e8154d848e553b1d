"""The partner API, as a platform meets it."""
