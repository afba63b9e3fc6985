"""Settings for Thunderbird and the many that read its format (draft-ietf-mailmaint-autoconfig, version 1.1).

Always: the answer depends on the domain alone, so that no address can be tried out here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import quote
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from hongyan.company.people.models import Domain
from hongyan.faces.setup.answers import host_asked, nothing
from hongyan.faces.setup.offer import Service, domain_of_address, known_domain, services
from hongyan.kernel.instance import Instance

PREFIX: Final = "autoconfig."
_SOCKETS: Final = {"tls": "SSL", "starttls": "STARTTLS"}


def show(request: HttpRequest) -> HttpResponse:
    """GET [/.well-known/autoconfig]/mail/config-v1.1.xml[?emailaddress=...]"""
    if request.method not in ("GET", "HEAD"):
        return nothing(405)
    domain, instance = _domain(request), settings.INSTANCE
    if domain is None or instance is None:
        return nothing(404)
    return HttpResponse(document(domain, instance), content_type="text/xml; charset=utf-8")


def _domain(request: HttpRequest) -> Domain | None:
    if address := request.GET.get("emailaddress", ""):
        found = domain_of_address(address)
        return found[1] if found else None
    host = host_asked(request)
    return known_domain(host.removeprefix(PREFIX)) if host.startswith(PREFIX) else known_domain(host)


def document(domain: Domain, instance: Instance) -> str:
    name = escape(domain.company.name)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<clientConfig version="1.1">',
        f'  <emailProvider id="{domain.name}">',
        f"    <domain>{domain.name}</domain>",
        f"    <displayName>{name}</displayName>",
        f"    <displayShortName>{name}</displayShortName>",
        *(line for service in services(instance) for line in _server(service)),
        f'    <documentation url="{escape(quote(settings.WEB_URL, safe=":/[]"))}/mailbox/setup">',
        '      <descr lang="en">How to set up a mail program</descr>',
        '      <descr lang="zh-TW">如何設定郵件程式</descr>',
        '      <descr lang="zh-CN">如何设置邮件程序</descr>',
        "    </documentation>",
        "  </emailProvider>",
        "</clientConfig>",
    ]
    return "\n".join(lines) + "\n"


def _server(service: Service) -> Iterator[str]:
    element = "outgoingServer" if service.protocol == "smtp" else "incomingServer"
    yield f'    <{element} type="{service.protocol}">'
    yield f"      <hostname>{service.host}</hostname>"
    yield f"      <port>{service.port}</port>"
    yield f"      <socketType>{_SOCKETS[service.security]}</socketType>"
    yield "      <username>%EMAILADDRESS%</username>"
    # The password as it is, inside TLS: it is compared with a hash, which no challenge can be computed from.
    yield "      <authentication>password-cleartext</authentication>"
    yield f"    </{element}>"
