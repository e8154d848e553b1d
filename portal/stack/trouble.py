"""What the stack says when it can't go on: one sentence for a person, never a traceback."""


class Trouble(Exception):
    """The stack can't go on; the text says what is so and what can be done."""
