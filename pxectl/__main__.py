"""`python -m pxectl`."""

from pxectl.cli.main import run

run()
