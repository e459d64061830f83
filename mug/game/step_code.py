"""``on_game_step_code``: a script's code that runs before each step."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Mapping
from typing import Any, Final

from mug.engine.callbacks import GameCallbacks
from mug.engine.engine import Engine
from mug.engine.errors import CallbackFault
from mug.engine.records import Action, AgentId
from mug.game.making import CodeEnvironment

_FILENAME: Final = "<on_game_step_code>"


class StepCode(GameCallbacks):
    """Runs code before each step, where the environment's own code ran.

    The code finds ``env`` (the environment as it was made), ``game`` (the engine) and ``actions`` (a dict by
    agent, which it may change).

    Args:
        code: Python code.
        make_env: makes the environment.
    """

    def __init__(self, code: str, make_env: Callable[[], object]) -> None:
        """Compile the code.

        Raises:
            CallbackFault: it is not Python.
        """
        try:
            self._code = compile(code, _FILENAME, "exec")
        except SyntaxError as error:
            raise CallbackFault(f"this is not Python: {error}", "on_game_step_code") from error
        linecache.cache[_FILENAME] = (len(code), None, code.splitlines(keepends=True), _FILENAME)
        self._make_env = make_env
        self._namespace: dict[str, Any] = {}

    def make_env(self) -> object:
        """Make the environment, and remember where its code ran."""
        if isinstance(self._make_env, CodeEnvironment):
            self._namespace = vars(self._make_env.run())
        else:
            self._namespace = {"env": self._make_env()}
        return self._namespace["env"]

    def before_step(self, game: Engine, actions: dict[AgentId, Action]) -> Mapping[AgentId, Action] | None:
        """Run the code; returns the actions as it left them.

        Raises:
            CallbackFault: the code raised.
        """
        self._namespace.update(game=game, actions=actions)
        try:
            exec(self._code, self._namespace)
        except Exception as error:
            raise CallbackFault(f"raised {type(error).__name__}: {error}", "on_game_step_code") from error
        return actions
