"""Settings: one file, from the environment only. What officers may change lives in rows, not here."""

from __future__ import annotations

import environ
from django.utils.translation import gettext_lazy as _

from portal import environment, headers
from portal.environment import ROOT

PORTAL_DATA = environment.data_folder()
_RUNNING = environment.running()
_POSTGRES = ("postgres", "postgresql", "psql")

DEBUG = environment.flag("DEBUG")
DEMO = environment.flag("PORTAL_DEMO")
SECRET_KEY = environment.text("SECRET_KEY") or str(_RUNNING.get("secret_key", ""))
environment.required("SECRET_KEY", SECRET_KEY, "Set it to 50 random characters, or start with `make run`.")
SECRET_KEY = SECRET_KEY or "not-set-and-refused-by-a-check"
PORTAL_PORT = environment.number("PORTAL_PORT", 8000)
PORTAL_HOST = environment.text("PORTAL_HOST", "127.0.0.1")
PUBLIC_URL = environment.url(
    "PUBLIC_URL",
    ("http", "https"),
    str(_RUNNING.get("url") or f"http://127.0.0.1:{PORTAL_PORT}"),
    example="https://setu.police.example",
).rstrip("/")
ALLOWED_HOSTS = [environ.urlparse(PUBLIC_URL).hostname or "localhost", "127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "portal.views.problems.csrf_failure"
FILES_DIR = environment.text("FILES_DIR") or str(_RUNNING.get("files_dir") or PORTAL_DATA / "files")

# ---- the database: the row-secured login, never the owner -------------------------------------------------
DATABASE_URL = environment.url(
    "DATABASE_URL", _POSTGRES, str(_RUNNING.get("database_url", "")), example="postgres://portal_app:…@host:5432/portal"
)
DATABASE_OWNER_URL = environment.url(
    "DATABASE_OWNER_URL", _POSTGRES, str(_RUNNING.get("owner_url", "")), example="postgres://portal_owner:…@host/portal"
)
environment.required("DATABASE_URL", DATABASE_URL, "Set it to the address of the portal_app role, or run `make run`.")
DATABASES = {
    "default": {
        **environ.Env.db_url_config(DATABASE_URL or "postgres://portal_app@127.0.0.1:5432/portal"),
        "ENGINE": "django.db.backends.postgresql",
        # With a pool, CONN_MAX_AGE must stay 0; the pool must be at least as large as the requests at once.
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,  # the pool asks before it hands one out: PostgreSQL may have been restarted
        "OPTIONS": {"pool": {"min_size": 1, "max_size": environment.number("PORTAL_POOL", 24), "timeout": 10}},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ---- the broker: nudges only ------------------------------------------------------------------------------
REDIS_URL = environment.url(
    "REDIS_URL", ("redis", "rediss"), str(_RUNNING.get("redis_url", "")), example="redis://:…@host:6379/0"
)
environment.required("REDIS_URL", REDIS_URL, "Set it to the address of Valkey or Redis, or run `make run`.")

# ---- doors and channels -----------------------------------------------------------------------------------
EMAIL_URL = environment.url(
    "EMAIL_URL", ("smtp", "smtps", "smtp+tls", "smtp+ssl"), example="smtp+tls://user:…@mail.police.example:587"
)
SMS_GATEWAY_URL = environment.url("SMS_GATEWAY_URL", ("http", "https"), example="https://gateway.example/sms")
VOICE_GATEWAY_URL = environment.url("VOICE_GATEWAY_URL", ("http", "https"), example="https://gateway.example/voice")
# A second provider of each: what the first one does not take, it gets before another channel is tried.
EMAIL_URL_2 = environment.url(
    "EMAIL_URL_2", ("smtp", "smtps", "smtp+tls", "smtp+ssl"), example="smtp+tls://user:…@mail2.police.example:587"
)
SMS_GATEWAY_URL_2 = environment.url("SMS_GATEWAY_URL_2", ("http", "https"), example="https://other.example/sms")
VOICE_GATEWAY_URL_2 = environment.url("VOICE_GATEWAY_URL_2", ("http", "https"), example="https://other.example/voice")
MAIL_FROM = environment.text("MAIL_FROM", "jeevan-setu@localhost")
IMAP_URL = environment.mailbox("IMAP_URL")
MAIL_AUTHSERV_ID = environment.text("MAIL_AUTHSERV_ID")
MAIL_STATE = environment.text("MAIL_STATE")

# ---- the dead man's switch: called while all is well, by watch ----------------------------------------------
HEARTBEAT_URL = environment.url("HEARTBEAT_URL", ("http", "https"), example="https://monitor.example/ping/1f3c")
HEARTBEAT_EVERY_S = environment.number("HEARTBEAT_EVERY_S", 10)

# ---- who outside holds the roots of the seals ----------------------------------------------------------------
TSA_URL = environment.url("TSA_URL", ("http", "https"), example="https://timestamp.example/tsr")
SEAL_MAIL_TO = environment.addresses("SEAL_MAIL_TO")

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin.apps.SimpleAdminConfig",  # portal.urls brings the desk: only web needs it
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "guardian",
    "simple_history",
    "axes",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "districts",
    "notifications",
    "cases",
    "portal",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    # Padded against BREACH; a telephone on one bar of signal gets a fifth of the bytes, scripts and styles included.
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "portal.headers.DeskPolicyMiddleware",
    "portal.middleware.NoStoreMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.middleware.OfficerLanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    # Last: it owns the transaction of the request, in the reach of whoever asks.
    "portal.middleware.ReachMiddleware",
]

ROOT_URLCONF = "portal.urls"
ASGI_APPLICATION = "portal.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "portal" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "portal.views.frame.frame",
            ]
        },
    }
]

# ---- who somebody is --------------------------------------------------------------------------------------
AUTH_USER_MODEL = "districts.Officer"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesBackend", "portal.posting_backend.PostingBackend"]
ANONYMOUS_USER_NAME = None
GUARDIAN_RAISE_403 = False
# Grants are asked for units, in cases.access; no officer holds one, so guardian signs nobody in.
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "portal.sign_in.ClosedDoorAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Jeevan Setu"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_VERBOSE = False
SESSION_COOKIE_AGE = 12 * 3600
SESSION_SAVE_EVERY_REQUEST = False
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# ---- how it is served -------------------------------------------------------------------------------------
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
_HTTPS = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SECURE_HSTS_SECONDS = 31536000 if _HTTPS else 0
SECURE_SSL_REDIRECT = False
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# Tiles beneath the map of a case, from a server of one's own; without it the map is drawn by the portal alone.
TILES_URL = environment.tiles("TILES_URL")
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/admin/"],
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", *environment.origins_of(TILES_URL)],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "worker-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    },
}
STATIC_URL = "/static/"
STATIC_ROOT = ROOT / ".static"  # made when the image is built, read-only afterwards
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_ADD_HEADERS_FUNCTION = headers.of_static_file
# Their addresses carry a mark of their content (portal/assets.py): what is kept for long is never out of date.
WHITENOISE_MAX_AGE = 0 if DEBUG else 30 * 24 * 3600
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "portal.assets.MarkedStorage"},
}

# ---- language and time ------------------------------------------------------------------------------------
LANGUAGE_CODE = "hi"
LANGUAGES = [("hi", "हिन्दी"), ("en", "English")]
LOCALE_PATHS = [ROOT / "portal" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Kolkata"
FORMAT_MODULE_PATH = "portal.formats"

# ---- the partner API --------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["portal.api.v1.authentication.PartnerKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "portal.api.v1.problems.problem_response",
    "UNAUTHENTICATED_USER": None,
    "LIST_SERIALIZER_ERRORS_AS_DICT": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Jeevan Setu partner API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}
ALERT_BYTES_MAX = 1024 * 1024
FILE_BYTES_MAX = 25 * 1024 * 1024
PARTNER_RATE = 300  # requests of one key each second, in each process

# ---- figures for a monitor on another machine; empty means: this machine only --------------------------------
METRICS_TOKEN = environment.text("METRICS_TOKEN")

# ---- what is written to the log ---------------------------------------------------------------------------
LOGGING_CONFIG = None
SIMPLE_HISTORY_ENABLED = True
UNFOLD = {"SITE_TITLE": _("Jeevan Setu"), "SITE_HEADER": _("Jeevan Setu"), "SITE_URL": "/"}
