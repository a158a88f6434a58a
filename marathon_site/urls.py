"""Which path leads where. Pages and API views stand in the apps; here is only the map."""

from django.contrib import admin
from django.urls import path

urlpatterns = [
    path("admin/", admin.site.urls),
]
