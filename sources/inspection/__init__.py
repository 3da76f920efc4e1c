"""Looks at a file, a folder or an address and says what it holds, with the evidence, and which settings read it."""
