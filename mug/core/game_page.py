"""What the players of a game see around its picture: its state, in words, and for how long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mug.components import AgentId
from mug.core.game_texts import LEFT_TEXT, REPLACED_TEXT
from mug.core.protocol import GameView
from mug.core.seats import Seat
from mug.rendering import Asset


class GamePage:
    """Shows every player of one game what is the matter with it.

    Args:
        game_id: the game.
        episodes: how many it has.
        seats: who sees it.
        page: makes what a seat's page needs once, from the assets that were registered for it.
        state: the state of the game, with its ``text``, before anything happens.
    """

    def __init__(
        self,
        game_id: str,
        episodes: int,
        seats: Mapping[AgentId, Seat],
        page: Callable[[AgentId, Sequence[Asset]], dict[str, Any]],
        state: str,
        text: str,
    ) -> None:
        self.state = state
        self.text = text
        self.episode = 0
        self._game_id = game_id
        self._episodes = episodes
        self._seats = seats
        self._page = page
        self._until: float | None = None

    def enter(self, state: str, text: str, seconds: float | None) -> None:
        """Let everybody know of a new state, and for how long it lasts if that is known."""
        self.state = state
        self.text = text
        self._until = None if seconds is None else asyncio.get_running_loop().time() + seconds
        for seat in self._seats.values():
            if seat.connection is not None:
                self.show(seat, with_page=False)

    def load(self, text: str) -> None:
        """Let everybody know that the game is being loaded, by a page that is made anew."""
        self.state, self.text, self._until = "loading", text, None
        for seat in self._seats.values():
            if seat.connection is not None:
                self.show(seat, with_page=True)

    def replace(self, seat: Seat) -> None:
        """A policy has this seat for good; let its player know, who may be there."""
        seat.taken_over = True
        if seat.connection is not None:
            self.show(seat, with_page=False)

    def show(self, seat: Seat, *, with_page: bool) -> None:
        """Let the player in this seat know how things are."""
        assert seat.connection is not None
        now = asyncio.get_running_loop().time()
        state, text = self.state, self.text
        if seat.taken_over or seat.left:
            state, text = "over", REPLACED_TEXT if seat.taken_over else LEFT_TEXT
        view = GameView(
            game=self._game_id,
            state=state,
            text=text,
            seconds=None if self._until is None or seat.taken_over else max(0.0, self._until - now),
            episode=self.episode,
            episodes=self._episodes,
            seat=str(seat.agent_id),
            page=self._page(seat.agent_id, seat.assets) if with_page else None,
        )
        seat.connection.emit("game", view)

    def show_assets(self, assets: tuple[Asset, ...], agent_ids: Sequence[AgentId]) -> None:
        """Let the pages of these seats load what their pictures are drawn with."""
        for agent_id in agent_ids:
            seat = self._seats.get(agent_id)
            if seat is not None and seat.assets != assets:
                seat.assets = assets
                if seat.connection is not None:
                    self.show(seat, with_page=True)
