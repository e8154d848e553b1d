"""Tests of the messages floor, against real gateways, a real mail server, a real database and a real broker."""
