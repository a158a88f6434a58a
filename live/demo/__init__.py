"""The demo: a staff user, a marathon under way with a hundred traders, one server. `manage.py demo` puts it together.

people -> stage -> server, whose lifespan runs the worker's loop on the simulated feed
"""
