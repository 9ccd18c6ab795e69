"""Streams, subprocesses, queues and clients: what is read, written, waited for and given back."""
