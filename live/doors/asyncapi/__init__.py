"""The WebSocket protocol for machines: an AsyncAPI document made from the types of live/wire, and a page that shows it."""
