"""The admin, for organisers without fear: every change goes through `marathons.actions` or `marathons.enrolment`, so it
takes a stamp and is announced; every change stands in the history with the old and the new value; what cannot be undone
is asked for twice.

    base       who may, and how changes are told       marathon, participant, account, user, feed_worker   the pages
    figures    ranks and ages, read only               inlines     participants on a marathon's page
    deeds      actions that ask first                  entry_list, standings_csv   CSV in and out
"""

from django.contrib import admin

from . import account, feed_worker, marathon, participant, user

__all__ = ["account", "feed_worker", "marathon", "participant", "user"]

admin.site.site_header = admin.site.site_title = "Marathon Live"
admin.site.index_title = "Organise"
