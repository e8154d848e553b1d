"""The addresses of the partner API, first version."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from portal.api.v1 import additions, news, schema, views

PREFIX = "api/v1"
app_name = "api-v1"

CALLS: list[URLPattern | URLResolver] = [
    path("alerts", views.AlertsView.as_view(), name="alerts"),
    path("alerts/<str:alert_id>", views.AlertView.as_view(), name="alert"),
    path("alerts/<str:alert_id>/files", additions.FilesView.as_view(), name="files"),
    path("alerts/<str:alert_id>/supplements", additions.SupplementsView.as_view(), name="supplements"),
    path("alerts/<str:alert_id>/retract", additions.RetractView.as_view(), name="retract"),
    path("heartbeat", views.HeartbeatView.as_view(), name="heartbeat"),
]
urlpatterns = [
    *CALLS,
    # Between two portals, and no call of partners: their document does not name it.
    path("handed-over/<str:unit_code>", news.NewsView.as_view(), name="handed-over"),
    path("openapi.json", schema.SchemaView.as_view(), name="schema"),
    path("docs", schema.DocsView.as_view(), name="docs"),
    re_path(r"", views.NothingHere.as_view(), name="nothing"),
]


def calls(prefix: str) -> URLResolver:
    """Return the calls alone, below a prefix."""
    return path(prefix, include(CALLS))
