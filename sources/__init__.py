"""The outside world: the source contract, the HTTP session, the registry and one module per provider."""
