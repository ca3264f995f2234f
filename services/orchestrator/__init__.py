"""Starts jobs, controls them, and keeps them going (the keeper)."""
