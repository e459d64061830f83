"""Scenes, and the stager that orders them: what participants go through."""
