"""The embedded default: the portal's own PostgreSQL and Valkey, and a supervisor for every process."""
