"""Scout's events: what travels between services, one class and one JSON Schema each."""
