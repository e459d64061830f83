"""For testing experiments and plugins: conformance checks, and participants without a browser."""
