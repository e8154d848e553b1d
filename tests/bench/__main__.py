"""``make bench``: every figure of this project, in one run, on servers of its own."""

import sys
from importlib import import_module

from tests.bench.ground import standing_portal

PARTS = ("lateness", "intake", "mail", "inbox", "places")


def main(wanted: list[str]) -> None:
    """Measure everything, or only the parts named."""
    with standing_portal() as portal:
        for name in wanted or PARTS:
            # Now, because a part may need Django, which is set up on the portal's servers only now.
            for line in import_module(f"tests.bench.{name}").measure(portal):
                print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
