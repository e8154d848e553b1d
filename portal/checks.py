"""System checks: what is wrong with the set-up, named, with what to do about it."""
