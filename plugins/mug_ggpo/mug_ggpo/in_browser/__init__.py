"""What plays in each page of a game from peer to peer; shipped to browsers as it is."""
