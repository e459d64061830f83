"""A plugin that follows games and logs what a study's supervisor would like to know."""

import logging

import mug

log = logging.getLogger("supervisor")


class Supervisor:
    def __init__(self):
        self.steps = {}

    @mug.hookimpl
    def mug_on_game_start(self, game):
        self.steps[game.game_id] = 0
        log.info("game %s begins with %s", game.game_id, ", ".join(sorted(game.players.values())))

    @mug.hookimpl
    def mug_on_episode_start(self, game, episode):
        log.info("game %s, episode %s begins", game.game_id, episode.number)

    @mug.hookimpl
    def mug_after_step(self, game):
        self.steps[game.game_id] += 1

    @mug.hookimpl
    def mug_on_episode_end(self, game, episode):
        log.info("game %s, episode %s is over", game.game_id, episode.number)

    @mug.hookimpl
    def mug_on_player_join(self, game, player):
        log.info("%s plays %s", player.subject_id, player.agent_id)

    @mug.hookimpl
    def mug_on_player_leave(self, game, player):
        log.warning("%s left %s", player.subject_id, player.agent_id)

    @mug.hookimpl
    def mug_on_player_reconnect(self, game, player):
        log.info("%s is back as %s", player.subject_id, player.agent_id)

    @mug.hookimpl
    def mug_on_game_end(self, game, outcome):
        log.info(
            "game %s is over (%s) after %d steps",
            game.game_id,
            outcome.reason,
            self.steps.pop(game.game_id, 0),
        )


plugin = Supervisor()
