"""The mail door, against a real Dovecot, with mails that are damaged, hostile, or in the hand of a clerk."""
