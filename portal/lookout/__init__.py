"""The lookout: what ``watch`` looks at every five seconds, what it finds, who is shown it, and whom it calls."""
