"""Descriptions of real REST APIs. They import nothing of the WebSocket side."""

__all__: list[str] = []
