"""One game as it is played: its clock, its inputs, its records and its pictures.

A worker process of the server and the participant's browser run the same classes. This package imports
the standard library, NumPy, `mug.engine` and `mug.rendering` only, so that it can be shipped to browsers as
it is. It waits for nothing: its owner calls `mug.game.loop.Game.turn` when something is due, and says in a
`mug.game.venue.Venue` what is different where it is.

- `mug.game.spec`: everything about a scene's games
- `mug.game.loop`: `Game`, one game and its clock
- `mug.game.making`: what makes the environment
- `mug.game.building`: from a spec to an engine
- `mug.game.json_lines`: records as lines of JSON, with the standard library alone
"""
