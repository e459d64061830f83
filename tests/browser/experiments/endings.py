"""Last pages, as several studies here have them."""

from __future__ import annotations

from mug.scenes import static_scene


def ending(scene_id, outcome, header, body="", kind=static_scene.EndScene):
    """A page for those who end with this outcome."""
    scene = kind().scene(scene_id=scene_id).ending(outcome=outcome)
    return scene.display(scene_header=header, scene_body=body)
