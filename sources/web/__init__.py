"""HTTP: the session that every source talks through, and what it is made of."""
