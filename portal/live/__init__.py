"""Live pages: what PostgreSQL says at commit reaches the open streams of those who may know of it, without content."""
