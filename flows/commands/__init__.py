"""One module a command of ``kmi``."""
