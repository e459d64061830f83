"""The ``mug`` command. Each command is a module of its own and loaded when it is used."""

from mug.cli.group import main

__all__ = ["main"]
