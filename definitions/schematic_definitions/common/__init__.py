"""What the REST and the WebSocket API of one service share, and neither owns."""

__all__: list[str] = []
