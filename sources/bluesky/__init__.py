"""A Bluesky account."""
