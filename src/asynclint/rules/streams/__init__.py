"""Streams, subprocesses and clients: what is written, read, closed."""
