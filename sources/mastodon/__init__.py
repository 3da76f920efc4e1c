"""A Mastodon account."""
