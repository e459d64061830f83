"""Packs what a game needs in browsers."""
