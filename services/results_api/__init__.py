"""The read side: JSON under /api/v1, live events, and a plain page at the root."""
