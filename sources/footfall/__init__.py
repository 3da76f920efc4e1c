"""Gate counts and visit returns from files."""
