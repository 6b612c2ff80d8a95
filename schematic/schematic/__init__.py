"""Describe a WebSocket API once, as data."""
