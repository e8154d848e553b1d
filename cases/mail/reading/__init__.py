"""
Reading: from the bytes of a mail to what it says, as plain values.

Everything in this package runs in a child process with limits and knows neither Django nor the database. Nothing here
may raise on what somebody has sent; what it can not read it leaves out.
"""
