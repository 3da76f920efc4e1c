"""What ``kmi add`` asks for, and what it makes of the answers."""
