"""Every address of the portal."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from portal.views import gateway

admin.autodiscover()
urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("api/v1/", include("portal.api.v1.urls")),
    path("gateway/receipts/<str:token>", gateway.receipt, name="gateway_receipt"),
]
