"""mug's peer-to-peer mode: environments in the browsers of several people, kept in step by rollback."""

from __future__ import annotations

__version__ = "0.1.0"
