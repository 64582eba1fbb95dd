"""Django's settings: a read-only server for one district, on this machine, without the network."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from shuiheng.web.discovery import mechanism_apps
from shuiheng.web.home import database, secret_key

try:
    SHUIHENG_VERSION = version("shuiheng")
except PackageNotFoundError:  # used from a folder that was never installed
    SHUIHENG_VERSION = "0"

WEB = Path(__file__).resolve().parent
HOME = Path(os.environ.get("SHUIHENG_HOME", "var/home")).resolve()

SECRET_KEY = secret_key(HOME)
DEBUG = os.environ.get("SHUIHENG_DEBUG") == "1"
ALLOWED_HOSTS = [
    "localhost",
    "127.0.0.1",
    "[::1]",
    *filter(None, os.environ.get("SHUIHENG_ALLOWED_HOSTS", "").split(",")),
]

INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "shuiheng.web",
    *mechanism_apps(),
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "shuiheng.web.middleware.content_security",
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "shuiheng.web.middleware.language",
    "shuiheng.web.middleware.read_only",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "shuiheng.web.middleware.Troubles",
]

ROOT_URLCONF = "shuiheng.web.urls"
WSGI_APPLICATION = "shuiheng.web.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "shuiheng.web.context.page",
            ],
            "builtins": [
                "shuiheng.web.templatetags.shuiheng",
                "shuiheng.web.templatetags.structures",
            ],
        },
    },
]

DATABASES = {"default": database(HOME, os.environ.get("SHUIHENG_DATABASE_URL", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "shuiheng_language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [WEB / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
# Dates are written 2020-05-19 in both languages, thousands are separated by our own filters.
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
STATIC_ROOT = None
# Files are served from the package itself: no collectstatic. Every reference carries the
# file's digest (templatetags.asset), so a browser may keep what it has for a year.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 365 * 24 * 3600
WHITENOISE_ALLOW_ALL_ORIGINS = False

# Who may enter edits of readings while there is no login: "local" (this machine), "all", "off".
EDITS = os.environ.get("SHUIHENG_EDITS", "local")
CSRF_COOKIE_NAME = "shuiheng_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_FAILURE_VIEW = "shuiheng.web.pages.forged"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "loggers": {
        # A page that is not there or a wrong method is no news; a failed page is.
        "django.request": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
    },
}
SILENCED_SYSTEM_CHECKS: list[str] = []
