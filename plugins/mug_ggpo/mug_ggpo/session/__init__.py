"""The rollback session: pure Python without I/O, clock or threads, shipped to browsers as it is."""
