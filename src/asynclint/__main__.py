"""``python -m asynclint`` is the ``asynclint`` command."""

from asynclint.cli import run

if __name__ == "__main__":
    run()
