"""Modules that are put into the browser's Python."""
