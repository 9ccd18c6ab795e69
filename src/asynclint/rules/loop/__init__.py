"""Event loops: how they are found, started, shared and ended."""

"""The event loop: how it is run, and what belongs to it."""
