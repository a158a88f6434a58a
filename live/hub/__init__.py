"""The boards of this process: joined, loaded, kept up with announcements, healed from the database, cut into views.

channel layer -> hub -> replica -> view -> (sessions pull frames)
"""
