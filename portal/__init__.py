"""The roof: HTTP, sessions, processes and the clock."""
