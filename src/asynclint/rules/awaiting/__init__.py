"""Coroutines that nobody awaits, and awaits that go wrong."""
