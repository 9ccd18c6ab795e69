"""Where uses lead: the call graph, where functions run, and what they reach."""
