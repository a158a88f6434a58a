"""The WebSocket protocol for machines: an AsyncAPI document out of the types of live/wire, and a page that shows it."""
