"""Every address of the portal."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, path

from portal.views import gateway

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("gateway/receipts/<str:token>", gateway.receipt, name="gateway_receipt"),
]
