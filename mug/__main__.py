"""``python -m mug`` is ``mug``."""

from mug.cli import main

main()
