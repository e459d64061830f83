"""What `mug.hookspecs` is in browsers: plugins can be imported, and no hook is called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def hookimpl(function: Callable[..., Any] | None = None, **options: Any) -> Any:
    """Return the function as it is."""
    if function is None:
        return lambda decorated: decorated
    return function
