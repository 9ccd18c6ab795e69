"""7xx: what keeps the processor busy on the event loop's thread."""
