"""The mail door: what is fetched from the mailbox is sealed, read in a limited child, judged, and given to intake."""
