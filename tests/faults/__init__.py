"""What a crash may not do: lose an alert, double a page, or let a timer sleep."""
