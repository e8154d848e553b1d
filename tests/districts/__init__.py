"""The ground floor, on a real database, as the row-secured role."""
