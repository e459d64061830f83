"""The transports that come with mug: raw WebSocket frames, and Socket.IO as its fallback."""
