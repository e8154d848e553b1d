"""What ``manage.py mail`` becomes where no mailbox is set: a process that waits to be stopped, and needs no memory."""

import signal
import sys

for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda *_: sys.exit(0))
while True:
    signal.pause()
