"""mug's browser mode: environments that run in the participants' browsers."""

__version__ = "0.1.0"
