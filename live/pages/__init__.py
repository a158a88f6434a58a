"""The pages: lists of marathons and their boards, rendered from the database first, then moved by the browser's client.

urls -> views -> (lists, boards: what to show, as values) -> templates/ -> static/live/pages/*.js over the socket
"""
