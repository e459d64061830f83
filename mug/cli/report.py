"""Printing the outcome of conformance checks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from mug.testing.conformance import ConformanceError


def report(subject: str, checks: Sequence[Callable[..., None]], factory: Callable[[], Any]) -> int:
    """Run the checks, print their outcome, and return how many failed."""
    failures: list[tuple[str, str]] = []
    for check in checks:
        try:
            check(factory)
        except ConformanceError as error:
            failures.append((check.__name__, str(error)))
    click.echo(f"{subject}: {len(checks) - len(failures)} of {len(checks)} checks passed")
    for name, complaint in failures:
        click.echo(f"  {name}: {complaint}", err=True)
    return len(failures)
