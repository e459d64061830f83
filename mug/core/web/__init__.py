"""What participants' browsers talk to: pages, the session, the sockets, and the port itself."""
