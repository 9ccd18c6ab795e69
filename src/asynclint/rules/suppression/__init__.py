"""0xx: comments that silence."""
