"""What makes an environment: a class, a function, a Gymnasium id, or code that leaves one in ``env``."""

from __future__ import annotations

import linecache
import sys
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mug.engine.errors import EnvironmentFault

MODULE = "environment_code"
"""The name of the module in which an environment's code runs."""


@dataclass(frozen=True)
class MakeEnvironment:
    """Makes a new environment each time it is called.

    Attributes:
        creator: a class or function, called with the keyword arguments, or the id of a registered
            environment.
        kwargs: the keyword arguments, ``render_mode`` included.
    """

    creator: Callable[..., object] | str
    kwargs: Mapping[str, Any]

    def __call__(self) -> object:
        """Make one; whatever the environment's own code raises comes through."""
        if isinstance(self.creator, str):
            import gymnasium

            return gymnasium.make(self.creator, disable_env_checker=True, **self.kwargs)
        return self.creator(**self.kwargs)


@dataclass(frozen=True)
class CodeEnvironment:
    """Makes an environment by running code that leaves it in a variable ``env``.

    Attributes:
        code: Python code.
        filename: what tracebacks call it.
    """

    code: str
    filename: str = "<environment_initialization_code>"

    def __call__(self) -> object:
        """Run the code and return its ``env``; whatever the code raises comes through.

        Raises:
            EnvironmentFault: the code leaves no ``env``.
        """
        return vars(self.run())["env"]

    def run(self) -> types.ModuleType:
        """Run the code in a module of its own and return that; it replaces the one of the last run.

        Raises:
            EnvironmentFault: the code leaves no ``env``.
        """
        module = types.ModuleType(MODULE)
        # Pickle, inspect and dataclasses look for the module of a class there.
        sys.modules[MODULE] = module
        module.__file__ = self.filename
        linecache.cache[self.filename] = (
            len(self.code),
            None,
            self.code.splitlines(keepends=True),
            self.filename,
        )
        exec(compile(self.code, self.filename, "exec"), vars(module))
        if vars(module).get("env") is None:
            raise EnvironmentFault(
                "the code ran, and left no environment in a variable env",
                self.filename,
                "end it with env = MyEnv()",
            )
        return module
