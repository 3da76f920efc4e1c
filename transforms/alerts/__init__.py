"""When someone should hear of it: evidence, states, notices."""
