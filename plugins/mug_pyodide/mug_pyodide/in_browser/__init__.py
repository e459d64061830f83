"""The part of mug that runs inside the participant's browser: standard library, NumPy and what mug ships."""
