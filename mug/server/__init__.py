"""Running experiments: ``from mug.server import app; app.run(config)``."""
