"""A plugin that has been checked, its hook implementations, and what they answer."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import attrs

from mug.core.plugins.lint import marked_functions
from mug.errors import PluginError
from mug.hooks import HookSpec


@attrs.frozen
class Answer:
    """What one plugin answered. ``error`` is set, and ``value`` None, when an isolated hook raised."""

    plugin: str
    value: Any
    error: Exception | None = None


@attrs.frozen(eq=False)
class Implementation:
    """One plugin's function for one hook."""

    plugin: str
    spec: HookSpec
    function: Callable[..., Any]
    parameters: tuple[str, ...]

    def __call__(self, arguments: Mapping[str, object]) -> Any:
        """Call it with those of the hook's arguments that it takes."""
        return self.function(*[arguments[name] for name in self.parameters])

    def answer(self, arguments: Mapping[str, object]) -> Any:
        """Call it and return its checked answer, None for none.

        Raises:
            PluginError: it raised, answered with an awaitable, or with something of the wrong type.
        """
        try:
            given = self(arguments)
        except Exception as error:
            raise self._raised(error) from error
        if isinstance(given, Awaitable):
            _discard(given)
            raise self._error("answered with a coroutine", "return the answer itself")
        return self._checked(given)

    async def answer_async(self, arguments: Mapping[str, object]) -> Any:
        """The same for a hook that may await."""
        try:
            given = self(arguments)
            if isinstance(given, Awaitable):
                given = await given
        except Exception as error:
            raise self._raised(error) from error
        return self._checked(given)

    def positional(self) -> Callable[..., Any]:
        """A plain function of all the hook's arguments in the order in which the hook declares them."""
        if self.parameters == self.spec.parameters:
            return self.function
        function = self.function
        places = tuple(self.spec.parameters.index(name) for name in self.parameters)

        def pick(*arguments: object) -> Any:
            return function(*[arguments[place] for place in places])

        return pick

    def _checked(self, given: Any) -> Any:
        if given is None:
            return None
        if self.spec.rule == "merge":
            return self._checked_mapping(given)
        if self.spec.many:
            return self._checked_items(given)
        return self._checked_item(given)

    def _checked_mapping(self, given: Any) -> Mapping[str, Any]:
        if not isinstance(given, Mapping) or not all(isinstance(name, str) and name for name in given):
            raise self._error(f"must give a mapping from names, got {given!r}")
        wanted = self.spec.given_types()
        for name, offer in given.items():
            fits = _is_a(offer, wanted) if wanted else callable(offer)
            if not fits:
                expected = f"a subclass of {_public_names(wanted)}" if wanted else "callable"
                raise self._error(f"gives '{name}', which is not {expected}: {offer!r}")
        return given

    def _checked_items(self, given: Any) -> list[Any]:
        if not isinstance(given, Iterable) or isinstance(given, str | bytes | Mapping):
            raise self._error(f"must give a list, got {given!r}")
        try:
            return [self._checked_item(item) for item in given]
        except PluginError:
            raise
        except Exception as error:
            raise self._raised(error) from error

    def _checked_item(self, item: Any) -> Any:
        wanted = self.spec.given_types()
        if wanted and not isinstance(item, wanted):
            raise self._error(f"must give {_public_names(wanted)}, got {item!r}")
        return item

    def _raised(self, error: Exception) -> PluginError:
        return self._error(f"raised {type(error).__name__}: {error}")

    def _error(self, what: str, fix: str = "") -> PluginError:
        return PluginError(
            f"{self.spec.name} of plugin '{self.plugin}' {what}", self.plugin, _place(self.function), fix
        )


@attrs.frozen(eq=False)
class Plugin:
    """A checked plugin: a name, where it comes from, and what it implements."""

    name: str
    subject: object
    implementations: Mapping[str, Implementation]
    distribution: str = ""
    version: str = ""

    @classmethod
    def examine(cls, subject: object, name: str, distribution: str = "", version: str = "") -> Plugin:
        """Check a module or instance and find its hook implementations.

        Raises:
            PluginError: it would silently not do what it says; see `mug.core.plugins.lint`.
        """
        implementations = {
            spec.name: Implementation(name, spec, function, tuple(inspect.signature(function).parameters))
            for spec, function in marked_functions(subject, name)
        }
        return cls(name, subject, implementations, distribution, version)

    def offers(self, hook: str) -> Mapping[str, Any]:
        """What it registers with a registry hook, by name.

        Raises:
            PluginError: the hook raised or answered with something else than a mapping of the right types.
        """
        implementation = self.implementations.get(hook)
        return {} if implementation is None else implementation.answer({}) or {}

    def label(self) -> str:
        """The name with the distribution and version it comes from: ``'skill' (mug-skill 0.1)``."""
        return label(self.name, self.distribution, self.version)


def label(name: str, distribution: str, version: str) -> str:
    """A plugin's name as messages show it, with where it comes from when that is known."""
    return f"'{name}' ({distribution} {version})" if distribution else f"'{name}'"


def _is_a(offer: object, wanted: tuple[type, ...]) -> bool:
    return issubclass(offer, wanted) if inspect.isclass(offer) else isinstance(offer, wanted)


def _public_names(wanted: tuple[type, ...]) -> str:
    return " or ".join(_public_name(one) for one in wanted)


def _public_name(wanted: type) -> str:
    import mug

    return (
        f"mug.{wanted.__name__}"
        if wanted.__name__ in mug.__all__
        else f"{wanted.__module__}.{wanted.__name__}"
    )


def _place(function: Callable[..., Any]) -> str:
    code = getattr(inspect.unwrap(function), "__code__", None)
    return "" if code is None else f"{code.co_filename}:{code.co_firstlineno}"


def _discard(given: Awaitable[Any]) -> None:
    """Close a coroutine that will not be awaited, so that Python does not warn about it later."""
    if inspect.iscoroutine(given):
        given.close()
