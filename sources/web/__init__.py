"""HTTP: the session that sends the requests of every source, and its parts."""
