"""Speak a described WebSocket API, in either role, over any event loop."""
