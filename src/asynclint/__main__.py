"""``python -m asynclint`` is the ``asynclint`` command."""

import os
import sys

if __name__ == "__main__":
    # Python looks for modules in the working directory first, where the files to check are: a `click.py` there must not be run.
    home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if sys.path and os.path.abspath(sys.path[0]) == os.getcwd() != home:
        del sys.path[0]

    from asynclint.cli import run

    run()
