"""Draw what participants see: the Surface an environment draws on, and the packets it commits.

This package imports the standard library and NumPy only: the same files run on the server and in
a participant's browser.
"""

from mug.rendering.assets import Asset
from mug.rendering.errors import SurfaceError
from mug.rendering.packet import Command, Delta, RenderPacket
from mug.rendering.pixels import PixelFrames
from mug.rendering.replica import Replica
from mug.rendering.surface import Surface

__all__ = ["Asset", "Command", "Delta", "PixelFrames", "RenderPacket", "Replica", "Surface", "SurfaceError"]
