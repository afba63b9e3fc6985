from __future__ import annotations

from django.urls import URLPattern, path

from hongyan.faces.setup import guide, mobileconfig

urlpatterns: list[URLPattern] = [
    path("mailbox/setup", guide.index, name="setup"),
    path("mailbox/setup/apple.mobileconfig", mobileconfig.download, name="setup-apple"),
    path("mailbox/setup/authority.crt", guide.authority, name="setup-authority"),
    path("mailbox/setup/<slug:program>", guide.show, name="setup-program"),
    path("mailbox/setup/<slug:program>/password", guide.make_password, name="setup-password"),
]
