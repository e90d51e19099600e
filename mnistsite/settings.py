"""Settings: one file; everything that differs between machines is read from the environment (or from `.env`)."""

from ipaddress import ip_network
from pathlib import Path
from tempfile import gettempdir

from csp.constants import NONE, SELF

from mnistsite import backends
from mnistsite.environment import Environment, Network
from predictor.ml.kinds import KINDS

BASE_DIR = Path(__file__).resolve().parent.parent

env = Environment.load(BASE_DIR / ".env")  # `predictor.checks` reports its problems, and nothing starts

# -- the deployment's choices -----------------------------------------------------------------------------------------

SECRET_KEY: str = env.secret("SECRET_KEY")
DEBUG: bool = env.boolean("DEBUG", default=False)
ALLOWED_HOSTS: list[str] = [*env.hosts("ALLOWED_HOSTS", default=["127.0.0.1", "[::1]"]), "localhost"]
CSRF_TRUSTED_ORIGINS: list[str] = env.origins("CSRF_TRUSTED_ORIGINS")
BEHIND_TLS: bool = env.boolean("BEHIND_TLS", default=False)
NUM_PROXIES: int = env.integer("NUM_PROXIES", default=0, low=0, high=100)  # our own, in X-Forwarded-For
LOG_LEVEL: str = env.level("LOG_LEVEL", default="INFO")
LOG_FORMAT: str = env.choice("LOG_FORMAT", ("text", "json"), default="text")

# Who may read /metrics: whoever sends the token, and whoever asks from one of these addresses.
METRICS_TOKEN: str = env.secret("METRICS_TOKEN", required=False)
METRICS_ALLOW: list[Network] = env.networks("METRICS_ALLOW", default=[ip_network("127.0.0.0/8"), ip_network("::1")])

HOST: str = env.address("HOST", default="127.0.0.1")
PORT: int = env.integer("PORT", default=8000, low=1, high=65535)
WEB_CONCURRENCY: int = env.integer("WEB_CONCURRENCY", default=2, low=1, high=1000)  # worker processes
METRICS_DIR: Path = env.directory("METRICS_DIR", default=Path(gettempdir()))  # where they keep their counts

MODELS_DIR: Path = env.directory("MODELS_DIR", default=BASE_DIR / "models")
SHADOW: list[tuple[str, int]] = env.versions("SHADOW", KINDS)  # asked beside the champions
# Where all machines find the published versions; MODELS_DIR is then this machine's copy of them. None: it is all.
MODELS_STORE = env.parsed("MODELS_STORE", backends.models, default=None)
MODELS_STORE_ENDPOINT: str = env.parsed("MODELS_STORE_ENDPOINT", backends.endpoint, default="")
DASK: str = env.scheduler("DASK")  # the scheduler of a cluster that trains; empty for this machine
MNIST_DIR: Path = BASE_DIR / "data" / "mnist"
# Predictions and explanations that one address may ask each worker process for: "number/period"; empty for no limit.
PREDICT_RATE: str = env.rate("PREDICT_RATE", default="60000/hour")
EXPLAIN_RATE: str = env.rate("EXPLAIN_RATE", default="6000/hour")
MAX_BODY: int = 1024 * 1024  # bytes of a request
MAX_BATCH: int = 4 * 1024 * 1024  # bytes of a request with a batch of pictures
MAX_UPLOAD: int = 20 * 1024 * 1024  # bytes of a request with a JPEG as a file or as the whole body
# Above these, drawings are answered but not kept: megabytes that one address may have each worker process store in a
# day (0 for no limit), and megabytes that stay free on the disk of an SQLite database.
CLIENT_QUOTA_MB: int = env.integer("CLIENT_QUOTA_MB", default=200, low=0)
DISK_RESERVE_MB: int = env.integer("DISK_RESERVE_MB", default=200, low=0)

REVISION: str = env.text("REVISION")  # of the code, for the records of training runs, where there is no Git

# -- Django -----------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "mnistsite.apps.SiteConfig",  # first, because its ready() must run before the others
    "mnistsite.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "mnistsite.apps.StaticConfig",
    "csp",
    "django_tasks",
    "django_tasks_db",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "predictor",
]

MIDDLEWARE = [
    "predictor.api.traffic.TrafficMiddleware",
    "predictor.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "predictor.middleware.ContentSecurityPolicyMiddleware",
    "predictor.api.operations.ProbesMiddleware",
    "predictor.middleware.FormLimitMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "mnistsite.urls"
WSGI_APPLICATION = "mnistsite.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True
FORMAT_MODULE_PATH = "mnistsite.formats"  # what Django has for English would win over DATE_FORMAT here
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

FORCE_SCRIPT_NAME: str | None = env.prefix("SCRIPT_NAME") or None
STATIC_URL = WHITENOISE_STATIC_PREFIX = "/static/"  # the storage adds the prefix
STATIC_ROOT = env.directory("STATIC_ROOT", default=BASE_DIR / "staticfiles")
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "mnistsite.storage.StaticStorage"},
    "models": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(MODELS_DIR)}},
}
if MODELS_STORE:
    MODELS_STORE["OPTIONS"]["endpoint_url"] = MODELS_STORE_ENDPOINT or None
    STORAGES["models"] = MODELS_STORE

# Nothing from other sites and nothing inline: markup that somebody injects into a page cannot run.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
if BEHIND_TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]  # probes ask without TLS
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
# Other names below this one, and the browsers' own lists, are for the domain's owner to decide about.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# -- storage ----------------------------------------------------------------------------------------------------------

DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True
DATABASES = {
    "default": env.parsed("DATABASE_URL", backends.database, default=backends.sqlite(BASE_DIR / "var" / "db.sqlite3"))
}
CACHES = {
    "default": env.parsed("REDIS_URL", backends.cache, default=backends.cache("")),
    # One per worker: a limit that is lifted when Redis is down would be no limit.
    "process": {
        "BACKEND": "mnistsite.caches.MemoryCache",
        "LOCATION": "process",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    },
}

# -- in the background ------------------------------------------------------------------------------------------------

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}  # `manage.py worker` runs them

# -- the API ----------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "predictor.api.errors.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Draw a digit",
    "DESCRIPTION": "Send a picture of a handwritten digit; an SVM, a CNN and an MLP say what it is.",
    "VERSION": "",  # the view and the Makefile set it, so that clients cannot
    "SERVE_INCLUDE_SCHEMA": False,
    "PREPROCESSING_HOOKS": ["predictor.api.schema.prepare"],
    "SCHEMA_PATH_PREFIX": "/",  # one group for all endpoints
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "token": {"type": "http", "scheme": "bearer", "description": "the token from the answer to the drawing"}
        }
    },
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# -- logging ----------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "request_id": {"()": "predictor.middleware.RequestIdFilter"},
        "cache": {
            "()": "mnistsite.logs.Sparing",
            "sentence": "The cache is unavailable; answers go on without it",
        },
        "pool": {"()": "mnistsite.logs.Sparing", "sentence": "No connection to PostgreSQL"},
        "without_outages": {"()": "mnistsite.logs.WithoutOutages"},
    },
    "formatters": {
        "text": {"format": "{asctime} {levelname} {name} [{request_id}] {message}", "style": "{"},
        "json": {"()": "mnistsite.logs.JSONFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["request_id"], "formatter": LOG_FORMAT}},
    "loggers": {
        "tf2onnx": {"level": "WARNING"},
        "django_redis.cache": {"filters": ["cache"]},
        "psycopg.pool": {"level": "WARNING", "filters": ["pool"]},
        "django.request": {"filters": ["without_outages"]},
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
}
