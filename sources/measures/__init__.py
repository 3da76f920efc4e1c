"""In-house measures that staff type."""
