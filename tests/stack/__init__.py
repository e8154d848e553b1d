"""The tests of the embedded default and of the processes, on real ones."""
