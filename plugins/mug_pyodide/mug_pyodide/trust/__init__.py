"""Whether data can be believed: games played again, and environments of which games can be."""
