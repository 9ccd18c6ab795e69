"""Fixes: what rules offer, done to the text with libcst, checked, and written.

Only this package imports libcst, and only a run that fixes imports this package.
"""
