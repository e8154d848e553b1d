"""``make bench``: every figure of this project, in one run, on servers of its own."""

import sys

from tests.bench import inbox, intake, lateness
from tests.bench.ground import standing_portal

PARTS = {"intake": intake.measure, "lateness": lateness.measure, "inbox": inbox.measure}


def main(wanted: list[str]) -> None:
    """Measure everything, or only the parts named."""
    with standing_portal() as portal:
        for name in wanted or PARTS:
            for line in PARTS[name](portal):
                print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
