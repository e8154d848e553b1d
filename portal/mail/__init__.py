"""The mailbox: fetched over IMAP into receipts, by one process that may be killed at any moment."""

from pathlib import Path

#: Run as a program of its own where there is nothing to do.
resting_place = Path(__file__).with_name("resting.py")
