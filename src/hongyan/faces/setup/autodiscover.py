"""Settings for Outlook: Autodiscover in plain XML (MS-OXDSCLI). The JSON form leads to Exchange alone and is declined.

Always: for an address of another domain the answer is the same whatever stands before the @, and so it is for our own.
"""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from hongyan.faces.setup.offer import Service, best, domain_of_address
from hongyan.kernel.instance import Instance

LONGEST: Final = 16 * 1024
_REPLY: Final = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"
OUTLOOK: Final = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
_MESSAGES: Final = {
    500: "The e-mail address cannot be found.",
    600: "Invalid request.",
    601: "The requested schema is not offered.",
}
_TYPES: Final = {"imap": "IMAP", "pop3": "POP3", "smtp": "SMTP"}
_ENCRYPTION: Final = {"tls": "SSL", "starttls": "TLS"}


def show(request: HttpRequest) -> HttpResponse:
    """POST /autodiscover/autodiscover.xml. A browser's GET is told that it is no request, as Exchange does."""
    asked = _request(request.read(LONGEST + 1)) if request.method == "POST" else None
    if asked is None:
        return _error(600)
    address, schema = asked
    if schema and schema != OUTLOOK:  # ActiveSync and the like
        return _error(601)
    found, instance = domain_of_address(address), settings.INSTANCE
    if found is None or instance is None:
        return _error(500)
    return _xml(document(found[0], instance))


def decline(request: HttpRequest) -> HttpResponse:
    """GET /autodiscover/autodiscover.json: version 2 knows Exchange's protocols only. Nothing in the address matters."""
    said = {"ErrorCode": "ProtocolNotSupported", "ErrorMessage": "This server offers IMAP, POP3 and SMTP only."}
    return JsonResponse(said, status=404)


def _request(body: bytes) -> tuple[str, str] | None:
    """(address, wanted response schema) of a request; None when it is none. No entities, so nothing expands."""
    if len(body) > LONGEST or b"<!" in body.replace(b"\0", b""):
        return None
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - declarations were refused just above
    except (ElementTree.ParseError, ValueError, LookupError):
        return None
    texts = {element.tag.rpartition("}")[2]: (element.text or "").strip() for element in root.iter()}
    address = texts.get("EMailAddress", "")
    return (address, texts.get("AcceptableResponseSchema", "")) if address else None


def document(address: str, instance: Instance) -> str:
    protocols = (best(instance, protocol) for protocol in ("imap", "pop3", "smtp"))
    return (
        f'<Autodiscover xmlns="{_REPLY}"><Response xmlns="{OUTLOOK}">'
        f"<User><DisplayName>{escape(address)}</DisplayName></User>"
        "<Account><AccountType>email</AccountType><Action>settings</Action>"
        + "".join(_protocol(service, address) for service in protocols if service)
        + "</Account></Response></Autodiscover>"
    )


def _protocol(service: Service, address: str) -> str:
    return (
        f"<Protocol><Type>{_TYPES[service.protocol]}</Type><Server>{service.host}</Server><Port>{service.port}</Port>"
        f"<DomainRequired>off</DomainRequired><LoginName>{escape(address)}</LoginName><SPA>off</SPA><SSL>on</SSL>"
        f"<Encryption>{_ENCRYPTION[service.security]}</Encryption><AuthRequired>on</AuthRequired></Protocol>"
    )


def _error(code: int) -> HttpResponse:
    return _xml(
        f'<Autodiscover xmlns="{_REPLY}"><Response><Error Time="00:00:00" Id="0"><ErrorCode>{code}</ErrorCode>'
        f"<Message>{_MESSAGES[code]}</Message><DebugData /></Error></Response></Autodiscover>"
    )


def _xml(text: str) -> HttpResponse:
    return HttpResponse(f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n', content_type="text/xml; charset=utf-8")
