"""What rules ask about a linked program: awaitables, tasks, streams, loops, and what becomes of values."""
