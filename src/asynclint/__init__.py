"""asynclint finds async mistakes in Python before the code runs, and shows the whole way to their cause."""

__version__ = "0.1.0"
