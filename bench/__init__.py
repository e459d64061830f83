"""What mug costs, measured: ``make bench``."""
