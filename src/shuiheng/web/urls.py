"""Addresses: those of the house here, those of each mechanism in its ``pages.py``."""

from __future__ import annotations

from django.urls import URLPattern, path

from shuiheng.web import pages
from shuiheng.web.discovery import modules

urlpatterns: list[URLPattern] = [
    path("healthz", pages.health, name="health"),
    path("about/", pages.about, name="about"),
    path("mechanisms/", pages.mechanisms, name="mechanisms"),
    path("search/", pages.search, name="search"),
    path("style/", pages.style, name="style"),
]
for mechanism in modules("pages"):
    urlpatterns += mechanism.urlpatterns

handler404 = "shuiheng.web.pages.not_found"
handler500 = "shuiheng.web.pages.failed"
