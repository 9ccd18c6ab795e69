"""Event loops: how they are found, started, shared and ended."""
