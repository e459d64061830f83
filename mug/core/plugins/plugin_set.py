"""The plugins of one experiment: which are active, what can be looked up by name, and the calling of hooks.

pluggy marks and validates; the calling is done here, one implementation at a time: every answer and every
error has to be known by the plugin it came from, and hooks on steps are called from the game loop.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import MemberDescriptorType, ModuleType
from typing import Any

import pluggy

import mug
from mug.core import builtin
from mug.core.plugins.faults import Faults
from mug.core.plugins.implementations import Answer, Implementation, Plugin
from mug.core.plugins.installed import BUILT_IN, Available
from mug.core.plugins.lint import compares_by_value
from mug.core.plugins.lookup import missing, missing_plugin
from mug.errors import MugError, PluginError, Problem
from mug.hooks import PREFIX, PROJECT
from mug.hookspecs import SPECS


class PluginSet:
    """The plugins of one experiment.

    Whatever is installed can be looked up by name. Only plugins that were activated, by being listed or by
    being used, are called. mug's own components are a plugin too: always active, called first, and its
    decisions count only when no other plugin has one.

    Args:
        available: the installed plugins; discovered when None.
    """

    def __init__(self, available: Available | None = None) -> None:
        self.available = Available.discover() if available is None else available
        self.faults = Faults()
        self._manager = _Manager(PROJECT)
        self._manager.add_hookspecs(mug.hookspecs)
        self._active: list[Plugin] = []
        self.built_in = Plugin.examine(builtin, BUILT_IN, "multi-user-gymnasium", mug.__version__)
        self._register(self.built_in)

    # ---------------------------------------------------------------------------------- activation

    def activate(self, *plugins: object | str) -> None:
        """Activate plugins, in the order in which they are to be called.

        Each is the name of an installed plugin, a module, or an object: a plugin's configured instance or any
        component a script passes. What comes from an installed plugin's package activates that plugin too.
        Activating something twice changes nothing.

        Raises:
            MugError: no installed plugin has this name.
            PluginError: the plugin is broken or breaks the contract.
        """
        for plugin in plugins:
            if isinstance(plugin, str):
                self._activate_installed(plugin)
            elif plugin is None or isinstance(plugin, int | float | bytes | dict | list | tuple | set):
                raise MugError(f"a plugin is a name, a module or an object, got {plugin!r}", ".plugins(...)")
            else:
                self._activate_object(plugin)

    def _activate_installed(self, name: str) -> None:
        if name == BUILT_IN:
            return
        installed = self.available.named(name)
        if installed is None:
            raise missing_plugin(name, self.available, ".plugins(...)")
        self._register(installed.plugin())

    def _activate_object(self, subject: object) -> None:
        home = self.available.home_of(subject)
        if home is not None:
            plugin = home.plugin()
            self._register(plugin)
            if plugin.subject is subject:
                return
            plugin = Plugin.examine(subject, home.name, home.distribution, home.version)
        else:
            plugin = Plugin.examine(subject, self._own_name(subject))
        if plugin.implementations and compares_by_value(subject):
            kind = type(subject).__name__
            raise PluginError(
                f"plugin '{plugin.name}' compares by value: equal {kind} objects could not be told apart",
                plugin.name,
                f"class {type(subject).__module__}.{kind}",
                f"write @attrs.define(eq=False) above class {kind}",
            )
        self._register(plugin)

    def _own_name(self, subject: object) -> str:
        """The name of a plugin object that comes from no installed plugin."""
        if isinstance(subject, ModuleType):
            return subject.__name__
        kind = subject if inspect.isclass(subject) else type(subject)
        name = _declared_name(subject) or kind.__name__
        if name == BUILT_IN or any(one.name == name for one in self.available.installed):
            raise PluginError(
                f"a {kind.__name__} object calls itself '{name}', which is the name of another plugin",
                name,
                f"class {kind.__module__}.{kind.__name__}",
                "give it another name",
            )
        return name

    def _register(self, plugin: Plugin) -> None:
        if any(active.subject is plugin.subject for active in self._active):
            return
        if plugin.implementations:
            try:
                self._manager.register(plugin.subject, f"{plugin.name} {len(self._active)}")
            except (pluggy.PluginValidationError, ValueError, TypeError) as error:
                raise PluginError(f"plugin {plugin.label()}: {error}", plugin.name) from error
        self._active.append(plugin)

    # ------------------------------------------------------------------------------ looking up names

    def offers(self, hook: str) -> Mapping[str, Any]:
        """Everything that installed and active plugins register with a registry hook, by name.

        Raises:
            PluginError: two plugins give different things one name; names both.
        """
        return {name: self._only(hook, name, givers) for name, givers in sorted(self._offered(hook).items())}

    def find(self, hook: str, name: str, asked_by: str) -> Any:
        """Look up what a script asks for by name, and activate the plugin it comes from.

        Args:
            hook: a registry hook, ``"mug_matchmakers"``.
            name: what to look up, ``"skill"``.
            asked_by: where the script asks, ``"scene 'game', .multiplayer(matchmaker=)"``.

        Raises:
            MugError: nobody gives this name; suggests a similar one or the package to install.
            PluginError: two plugins give it, or the one that gives it breaks the contract.
        """
        offered = self._offered(hook)
        if name not in offered:
            raise missing(SPECS[hook], name, asked_by, offered, self.available)
        value = self._only(hook, name, offered[name])
        self._register(offered[name][0][0])
        return value

    def provider(self, hook: str, name: str) -> str:
        """The name of the plugin that registers this with a registry hook, empty when nobody does."""
        givers = self._offered(hook).get(name, [])
        return givers[0][0].name if givers else ""

    def _offered(self, hook: str) -> dict[str, list[tuple[Plugin, Any]]]:
        """Who gives what, by name; an installed plugin that fails here counts as broken from now on."""
        offered: dict[str, list[tuple[Plugin, Any]]] = {}

        def add(plugin: Plugin, offers: Mapping[str, Any]) -> None:
            for name, value in offers.items():
                givers = offered.setdefault(name, [])
                if not any(value is other for _, other in givers):
                    givers.append((plugin, value))

        for plugin in self._active:
            add(plugin, plugin.offers(hook))
        for installed, plugin in self.available.sound():
            if any(plugin is active for active in self._active):
                continue
            try:
                add(plugin, plugin.offers(hook))
            except PluginError as error:
                installed.fail(error)
        return offered

    @staticmethod
    def _only(hook: str, name: str, givers: list[tuple[Plugin, Any]]) -> Any:
        if len(givers) > 1:
            (first, _), (second, _) = givers[:2]
            raise PluginError(
                f"two plugins give {SPECS[hook].noun} '{name}': {first.label()} and {second.label()}",
                second.name,
                hook,
                "uninstall one of them",
            )
        return givers[0][1]

    # ---------------------------------------------------------------------------------- calling hooks

    def collect(self, hook: str, **arguments: object) -> list[Answer]:
        """Every active plugin's answer, or, for a hook that asks for many things, every single thing.

        Raises:
            PluginError: one raised, and the hook does not keep errors apart in ``Answer.error``.
        """
        answers: list[Answer] = []
        for implementation in self._implementations(hook, "collect", arguments):
            try:
                given = implementation.answer(arguments)
            except PluginError as error:
                if not implementation.spec.isolated:
                    raise
                self.faults.report(implementation.plugin, hook, error)
                answers.append(Answer(implementation.plugin, None, error))
                continue
            if given is not None:
                values = given if implementation.spec.many else [given]
                answers.extend(Answer(implementation.plugin, value) for value in values)
        return answers

    def problems(self, experiment: object) -> list[Problem]:
        """What active plugins find wrong with an experiment; a plugin that cannot say is a problem itself."""
        answers = self.collect("mug_check", experiment=experiment)
        return [answer.value if answer.error is None else _as_problem(answer) for answer in answers]

    def at_most_one(self, hook: str, **arguments: object) -> Any:
        """The one answer that active plugins give, None when nobody has one.

        Raises:
            PluginError: two plugins answer, or one raised.
        """
        found: Answer | None = None
        for implementation in self._deciders(hook, "at-most-one", arguments):
            if found is not None and implementation.plugin == BUILT_IN:
                break
            found = _at_most(hook, found, implementation.plugin, implementation.answer(arguments))
        return found and found.value

    async def at_most_one_async(self, hook: str, **arguments: object) -> Any:
        """The same for a hook that may await."""
        found: Answer | None = None
        for implementation in self._deciders(hook, "at-most-one", arguments):
            if found is not None and implementation.plugin == BUILT_IN:
                break
            given = await implementation.answer_async(arguments)
            found = _at_most(hook, found, implementation.plugin, given)
        return found and found.value

    async def first_refusal_async(self, hook: str, **arguments: object) -> Any:
        """The first answer in listed order, None when nobody objects; an error objects to nothing."""
        for implementation in self._deciders(hook, "first-refusal", arguments):
            try:
                given = await implementation.answer_async(arguments)
            except PluginError as error:
                self._report(implementation, error)
                continue
            if given is not None:
                return given
        return None

    def notifier(self, hook: str) -> Callable[..., None] | None:
        """A plain function that tells every active plugin, or None when nobody listens.

        It takes the hook's arguments by position and is resolved once: plugins that are activated later are
        not told. An error is logged with the plugin's name and stops nobody else.
        """
        implementations = self._implementations(hook, "notify", None)
        if not implementations:
            return None
        calls = tuple((one.plugin, one.positional()) for one in implementations)
        report = self.faults.report
        expected = len(SPECS[hook].parameters)

        def notify(*arguments: object) -> None:
            if len(arguments) != expected:
                raise TypeError(f"{hook} takes {SPECS[hook].parameters}, got {len(arguments)} arguments")
            for plugin, call in calls:
                try:
                    call(*arguments)
                except Exception as error:
                    report(plugin, hook, error)

        return notify

    async def notify_async(self, hook: str, **arguments: object) -> None:
        """Tell every active plugin, waiting for each; an error is logged and stops nobody else."""
        for implementation in self._implementations(hook, "notify", arguments):
            try:
                await implementation.answer_async(arguments)
            except PluginError as error:
                self._report(implementation, error)

    def _implementations(
        self, hook: str, rule: str, arguments: Mapping[str, object] | None
    ) -> list[Implementation]:
        """The active implementations in listed order; a call that does not fit is mug's own mistake."""
        spec = SPECS[hook]
        if spec.rule != rule:
            raise TypeError(f"{hook} combines by {spec.rule}, not {rule}")
        if arguments is not None and arguments.keys() != set(spec.parameters):
            raise TypeError(f"{hook} takes {spec.parameters}, got {tuple(arguments)}")
        return [plugin.implementations[hook] for plugin in self._active if hook in plugin.implementations]

    def _deciders(self, hook: str, rule: str, arguments: Mapping[str, object]) -> list[Implementation]:
        """The same with mug's own last, since it decides only what no plugin does."""
        return sorted(self._implementations(hook, rule, arguments), key=lambda one: one.plugin == BUILT_IN)

    def _report(self, implementation: Implementation, error: PluginError) -> None:
        cause = error.__cause__
        raised = cause if isinstance(cause, Exception) else error
        self.faults.report(implementation.plugin, implementation.spec.name, raised)

    # ------------------------------------------------------------------------------------ describing

    def describe(self) -> list[dict[str, Any]]:
        """Every plugin for a manifest: name, distribution, version, the hooks it implements, whether active.

        A broken one has an ``error`` and no hooks.
        """
        described: dict[str, dict[str, Any]] = {}
        for plugin in self._active:
            entry = described.setdefault(plugin.name, _entry(plugin, active=True))
            entry["hooks"] = sorted({*entry["hooks"], *plugin.implementations})
        for installed in self.available.installed:
            if installed.name in described:
                continue
            failure = installed.failure()
            if failure is None:
                described[installed.name] = _entry(installed.plugin(), active=False)
            else:
                described[installed.name] = {
                    "name": installed.name,
                    "distribution": installed.distribution,
                    "version": installed.version,
                    "hooks": [],
                    "active": False,
                    "error": failure.what,
                }
        return list(described.values())


def _declared_name(subject: object) -> str:
    """The object's attribute ``name`` if that is a plain string, slots included, properties not."""
    declared = inspect.getattr_static(subject, "name", "")
    if isinstance(declared, MemberDescriptorType) and isinstance(subject, declared.__objclass__):
        declared = declared.__get__(subject)
    return declared if isinstance(declared, str) else ""


class _Manager(pluggy.PluginManager):
    """pluggy's manager, looking only at what can be a hook: pluggy 1.6 evaluates every property."""

    def parse_hookimpl_opts(self, plugin: object, name: str) -> Any:
        return super().parse_hookimpl_opts(plugin, name) if name.startswith(PREFIX) else None


def _entry(plugin: Plugin, active: bool) -> dict[str, Any]:
    return {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "hooks": sorted(plugin.implementations),
        "active": active,
    }


def _as_problem(answer: Answer) -> Problem:
    return Problem(f"plugin '{answer.plugin}'", str(answer.error), "report this to the plugin's author")


def _at_most(hook: str, found: Answer | None, plugin: str, given: Any) -> Answer | None:
    if given is None:
        return found
    if found is not None:
        raise _conflict(hook, "answer", found.plugin, plugin)
    return Answer(plugin, given)


def _conflict(hook: str, verb: str, first: str, second: str) -> PluginError:
    return PluginError(
        f"plugins '{first}' and '{second}' both {verb}, but at most one may",
        second,
        hook,
        "list only one of them in .plugins(...)",
    )
