"""One module for each generated page of the reference, with a function ``page()`` that returns its text."""
