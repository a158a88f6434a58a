"""The WebSocket protocol for machines: an AsyncAPI document made from the types of live/wire, and the page that shows it."""
