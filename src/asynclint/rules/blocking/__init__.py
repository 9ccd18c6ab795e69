"""1xx: what blocks the event loop."""
