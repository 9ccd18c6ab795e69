"""One file: its text, its tree, and one walk over it. Knows Python, but nothing of projects or of async."""
