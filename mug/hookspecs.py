"""Every extension point of mug: what plugins can add, decide and observe.

A plugin implements a hook by defining a function of the same name and marking it::

    @mug.hookimpl
    def mug_matchmakers():
        return {"skill": SkillMatchmaker}

It takes those of the hook's arguments that it needs, by name. What a plugin registers is available to every
script as soon as the plugin is installed; everything else is called only in experiments that list the plugin
(``ExperimentConfig().plugins(...)``) or use something of it. Plugins are called in the order in which the
script lists them, and None always means having nothing to say. `mug.hooks` explains how answers combine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mug.hooks import declared_in, hookimpl, hookspec

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from contextlib import AbstractAsyncContextManager

    import click

    from mug import components, facts
    from mug.engine.policies import Policy
    from mug.errors import Problem
    from mug.scenes.scene import Scene

    Who = components.Identity | components.Refusal
    Refused = components.Refusal | None
    Lifespan = AbstractAsyncContextManager[None]

__all__ = ["SPECS", "hookimpl"]


# ------------------------------------------------------------------------------------------ registries


@hookspec("merge", noun="scene type", gives="mug.scenes.scene:Scene")
def mug_scenes() -> Mapping[str, type[Scene]] | None:
    """Register kinds of scenes.

    Called:   once per experiment, when scenes are first looked up.
    Return:   scene classes by the name under which the browser's part of the plugin knows them.
    Combine:  merge; two plugins giving one name is an error that names both.
    Errors:   the plugin counts as broken; scripts that use nothing of it run on.
    Example:  examples/hooks/registries.py
    Added:    0.1
    """


@hookspec("merge", noun="runtime", gives="mug.components:Runtime")
def mug_runtimes() -> Mapping[str, type[components.Runtime]] | None:
    """Register places where environments are stepped.

    Called:   once per experiment, when a scene's runtime is first looked up.
    Return:   runtime classes by the name that ``.runtime(...)`` and automatic choice use.
    Combine:  merge; two plugins giving one name is an error that names both.
    Errors:   the plugin counts as broken; scripts that use nothing of it run on.
    Example:  examples/hooks/registries.py
    Added:    0.1
    """


@hookspec("merge", noun="transport", gives="mug.components:Transport")
def mug_transports() -> Mapping[str, type[components.Transport]] | None:
    """Register ways for frames and inputs to travel.

    Called:   once per experiment, when a scene's transport is first looked up.
    Return:   transport classes by name.
    Combine:  merge; two plugins giving one name is an error that names both.
    Errors:   the plugin counts as broken; scripts that use nothing of it run on.
    Example:  examples/hooks/registries.py
    Added:    0.1
    """


@hookspec("merge", noun="matchmaker", gives="mug.components:Matchmaker")
def mug_matchmakers() -> Mapping[str, type[components.Matchmaker]] | None:
    """Register rules that decide which waiting participants form a group.

    Called:   once per experiment, when a scene names its matchmaker.
    Return:   matchmaker classes, usable without arguments, by the name for ``.multiplayer(matchmaker=)``.
    Combine:  merge; two plugins giving one name is an error that names both.
    Errors:   the plugin counts as broken; scripts that use nothing of it run on.
    Example:  examples/hooks/registries.py
    Added:    0.1
    """


@hookspec("merge", noun="policy")
def mug_policies() -> Mapping[str, Callable[[], Policy]] | None:
    """Register policies that can fill a seat.

    Called:   once per experiment, when a scene names a policy that it does not load itself.
    Return:   policy classes, or functions that make a policy, by the name for ``policy_mapping``.
    Combine:  merge; two plugins giving one name is an error that names both.
    Errors:   the plugin counts as broken; scripts that use nothing of it run on.
    Example:  examples/hooks/registries.py
    Added:    0.1
    """


@hookspec("merge", noun="exporter", gives="mug.components:Exporter")
def mug_exporters() -> Mapping[str, type[components.Exporter]] | None:
    """Register formats for the data.

    Called:   by ``mug export``, for all installed plugins.
    Return:   exporter classes, usable without arguments, by the name for ``mug export --format``.
    Combine:  merge; two plugins giving one name is an error that names both.
    Errors:   the plugin counts as broken; the other formats remain.
    Example:  examples/hooks/registries.py
    Added:    0.1
    """


# ------------------------------------------------------------------------------------------------ data


@hookspec("at-most-one", gives="mug.components:Store")
def mug_store(experiment: facts.Experiment) -> components.Store | None:
    """Decide where records go.

    Called:   once, before the server starts.
    Return:   an open store, or None to leave it to another plugin or to the files in the data folder.
    Combine:  at most one plugin may give a store; two are an error that names both.
    Errors:   the experiment does not start.
    Example:  examples/hooks/data.py
    Added:    0.1
    """


@hookspec("notify")
def mug_record(experiment: facts.Experiment, record: facts.Record) -> None:
    """Observe a record.

    Called:   once for each record (scene, answer, step, metric …), after it is safely stored.
    Return:   nothing. The record must not be changed.
    Combine:  notify; everybody is told, in listed order.
    Errors:   logged with the plugin's name; nothing else happens.
    Example:  examples/hooks/data.py
    Added:    0.1
    """


# --------------------------------------------------------------------------------------- game callbacks


@hookspec("notify")
def mug_on_game_start(game: facts.Game) -> None:
    """Observe that a group begins to play.

    Called:   once per game, before its first episode.
    Return:   nothing.
    Combine:  notify; everybody is told, in listed order.
    Errors:   logged with the plugin's name; the game goes on.
    Example:  examples/hooks/games.py
    Added:    0.1
    """


@hookspec("notify")
def mug_on_episode_start(game: facts.Game, episode: facts.Episode) -> None:
    """Observe that an episode begins.

    Called:   once per episode, after the environment was reset and before its first step.
    Return:   nothing.
    Combine:  notify; everybody is told, in listed order.
    Errors:   logged with the plugin's name; the game goes on.
    Example:  examples/hooks/games.py
    Added:    0.1
    """


@hookspec("notify")
def mug_after_step(game: facts.Game, step: facts.Step) -> None:
    """Observe a step of the environment.

    Called:   once per confirmed step, in order, after it is stored; never for a predicted
              one. That is many times a second for each game: be quick.
    Return:   nothing. To add columns to the data, use game callbacks: ``.gameplay(callback=...)``.
    Combine:  notify; everybody is told, in listed order.
    Errors:   logged with the plugin's name; the game goes on.
    Example:  examples/hooks/games.py
    Added:    0.1
    """


@hookspec("notify")
def mug_on_episode_end(game: facts.Game, episode: facts.Episode) -> None:
    """Observe that an episode ended.

    Called:   once per episode, after its last step; ``episode`` says how it went.
    Return:   nothing.
    Combine:  notify; everybody is told, in listed order.
    Errors:   logged with the plugin's name; the game goes on.
    Example:  examples/hooks/games.py
    Added:    0.1
    """


@hookspec("notify")
def mug_on_player_join(game: facts.Game, player: facts.Player) -> None:
    """Observe that a participant takes a seat.

    Called:   once per seat that a person fills before the game starts.
    Return:   nothing.
    Combine:  notify; everybody is told, in listed order.
    Errors:   logged with the plugin's name; the game goes on.
    Example:  examples/hooks/games.py
    Added:    0.1
    """


@hookspec("notify")
def mug_on_player_leave(game: facts.Game, player: facts.Player) -> None:
    """Observe that a participant in a game is gone: the connection was lost or they left.

    Called:   each time it happens while the game runs.
    Return:   nothing. What then happens to the game is for the scene to say.
    Combine:  notify; everybody is told, in listed order.
    Errors:   logged with the plugin's name; the game goes on.
    Example:  examples/hooks/games.py
    Added:    0.1
    """


@hookspec("notify")
def mug_on_player_reconnect(game: facts.Game, player: facts.Player) -> None:
    """Observe that a participant who was gone is back in their seat.

    Called:   each time it happens while the game runs.
    Return:   nothing.
    Combine:  notify; everybody is told, in listed order.
    Errors:   logged with the plugin's name; the game goes on.
    Example:  examples/hooks/games.py
    Added:    0.1
    """


@hookspec("notify")
def mug_on_game_end(game: facts.Game, outcome: facts.GameOutcome) -> None:
    """Observe that a game is over, however it ended.

    Called:   once per game, last of all its hooks.
    Return:   nothing.
    Combine:  notify; everybody is told, in listed order.
    Errors:   logged with the plugin's name.
    Example:  examples/hooks/games.py
    Added:    0.1
    """


# ---------------------------------------------------------------------------------------- participants


@hookspec("at-most-one", awaits=True, gives=("mug.components:Identity", "mug.components:Refusal"))
def mug_identify(experiment: facts.Experiment, request: facts.Request) -> Who | Awaitable[Who | None] | None:
    """Say who somebody is, from the request with which they arrive.

    Called:   for newcomers, and whenever somebody comes with parameters in the address: by mere links, too.
    Return:   an ``Identity``, a ``Refusal`` of a request that must not lead in, or None if it does not say.
              Newcomers who are identified become participants when they press a button.
    Combine:  at most one plugin may identify a request; two are an error that names both.
    Errors:   the newcomer reads that something went wrong and can try again; logged with the plugin's name.
    Example:  examples/hooks/participants.py
    Added:    0.1
    """


@hookspec("first-refusal", awaits=True, gives="mug.components:Refusal")
def mug_screen(experiment: facts.Experiment, participant: facts.Participant) -> Awaitable[Refused] | Refused:
    """Turn a newcomer away, or have no objection.

    Called:   after identification, before the first scene.
    Return:   a ``Refusal``, or None. One without a redirect gets that of ``mug_complete`` for newcomers.
    Combine:  the first refusal in listed order; later plugins are not asked.
    Errors:   an exception refuses nobody; it is logged with the plugin's name and the next plugin is asked.
    Example:  examples/hooks/participants.py
    Added:    0.1
    """


@hookspec("at-most-one", awaits=True, gives="mug.components:Completion")
def mug_complete(
    experiment: facts.Experiment, participant: facts.Participant, outcome: str
) -> components.Completion | Awaitable[components.Completion | None] | None:
    """Give somebody who is finished a completion code, an address to go to, or both.

    Called:   once per participant, on reaching the end, when everything they produced is stored; and when a
              newcomer is screened out. ``outcome`` is one of `mug.outcomes.ENDINGS`.
    Return:   a ``Completion``, or None.
    Combine:  at most one plugin may answer; two answers are an error that names both.
    Errors:   logged with the plugin's name; there is no code. A ``StoreError`` or a timeout is tried again.
    Example:  examples/hooks/participants.py
    Added:    0.1
    """


@hookspec("notify", awaits=True)
def mug_abandon(
    experiment: facts.Experiment, participant: facts.Participant, reason: str
) -> Awaitable[None] | None:
    """Observe that a participant will not finish.

    Called:   once per participant who is given up: gone for too long, or turned away in the middle.
    Return:   nothing.
    Combine:  notify; everybody is told, in listed order.
    Errors:   logged with the plugin's name; the others are still told.
    Example:  examples/hooks/participants.py
    Added:    0.1
    """


# ---------------------------------------------------------------------------------------------- server


@hookspec("collect", many=True, gives="mug.components:Route")
def mug_routes(experiment: facts.Experiment) -> Iterable[components.Route] | None:
    """Add HTTP routes.

    Called:   once, before the server starts.
    Return:   routes; each is mounted below ``/-/<plugin>/``.
    Combine:  collect; plugins cannot get into each other's way.
    Errors:   the experiment does not start.
    Example:  examples/hooks/server.py
    Added:    0.1
    """


@hookspec("collect", many=True, gives="mug.components:ClientModule")
def mug_client_modules(experiment: facts.Experiment) -> Iterable[components.ClientModule] | None:
    """Add modules to the participants' page.

    Called:   once, before the server starts.
    Return:   client modules; the page imports each before the first scene.
    Combine:  collect.
    Errors:   the experiment does not start.
    Example:  examples/hooks/server.py
    Added:    0.1
    """


@hookspec("notify")
def mug_cli_commands(cli: click.Group) -> None:
    """Add commands to ``mug``.

    Called:   for all installed plugins, when ``mug`` is asked for help or for a command that is not its own.
    Return:   nothing; add commands to the group.
    Combine:  notify; two plugins adding one command is an error that names both.
    Errors:   the plugin's commands are missing and ``mug`` says so; all others work.
    Example:  examples/hooks/server.py
    Added:    0.1
    """


@hookspec("collect", gives="contextlib:AbstractAsyncContextManager")
def mug_lifespan(experiment: facts.Experiment, attendance: facts.Attendance) -> Lifespan | None:
    """Do something while the server runs.

    Called:   once, before the server starts; ``attendance`` tells who is there, and acts on them.
    Return:   an async context manager, entered before the first participant and left after the last one.
    Combine:  collect; entered in listed order, left in reverse, also when a later one fails to enter.
    Errors:   an error on entering keeps the experiment from starting.
    Example:  examples/hooks/server.py
    Added:    0.1
    """


@hookspec("collect", isolated=True)
def mug_health(experiment: facts.Experiment) -> Mapping[str, object] | None:
    """Report figures about the plugin.

    Called:   whenever the health page is asked for.
    Return:   figures by name; they are shown under the plugin's name.
    Combine:  collect.
    Errors:   shown in place of the plugin's figures; the others are still asked.
    Example:  examples/hooks/server.py
    Added:    0.1
    """


@hookspec("collect", many=True, isolated=True, gives="mug.errors:Problem")
def mug_check(experiment: facts.Experiment) -> Iterable[Problem] | None:
    """Find what is wrong with an experiment before any participant does.

    Called:   by ``mug check``, and once before the server starts.
    Return:   problems; all of them, of all plugins, are shown at once.
    Combine:  collect.
    Errors:   become a problem themselves; the other plugins are still asked.
    Example:  examples/hooks/server.py
    Added:    0.1
    """


SPECS = declared_in(globals())
"""Every extension point by name."""
