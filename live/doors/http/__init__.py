"""The live half of the HTTP interface: boards, entries, curves, accounts, the event stream, and what operators ask.

Rows come from the database by index (live/hub/standings.py); only the event stream stands on the hub.
"""
