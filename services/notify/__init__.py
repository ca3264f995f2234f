"""Tells others what has become of a job: webhooks, signed and tried again."""
