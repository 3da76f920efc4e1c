"""The providers, simulated over real HTTP with a seeded history; it serves the demo and the tests."""
