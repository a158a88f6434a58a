"""Which path leads where. Pages and API views stand in the apps; here is only the map."""

from django.contrib import admin
from django.urls import include, path

from live.doors.http import urls as live
from marathons.api import urls as api

urlpatterns = [
    path("admin/", admin.site.urls),
    path("apiv1/", include(live)),
    path("apiv1/", include("live.doors.asyncapi.urls")),
    path("apiv1/", include(api)),
    api.swagger,
    api.nothing,
    *live.operations,
    path("", include("live.pages.urls")),
]
