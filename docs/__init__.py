"""The documentation, and what writes its generated pages and its picture."""
