"""What is stored and administered: users, marathons, accounts, participants; who may see what; REST and admin.

Nothing here imports `live`: a change that a board shows is told through `signals.board_changed`.
"""
