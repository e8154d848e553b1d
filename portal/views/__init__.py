"""Views: one question or one act each. They ask a door, call one rule, and answer."""
