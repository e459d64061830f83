"""The server: participants, flow, lobby, games and records. Knows plugins only through hooks."""
