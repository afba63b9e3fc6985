"""A profile for Apple's devices: one mail account, signed with the server's certificate.

Always: for the signed-in person alone, and without a password: the device asks for it. The same person's next profile
replaces the one before (PayloadIdentifier and PayloadUUID stay the same).
Reference: Apple, Device Management, "Mail" (com.apple.mail.managed).
"""

from __future__ import annotations

import plistlib
import uuid
from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpResponse
from django.utils.translation import gettext

from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.mailboxes.queries import mailbox_of, view
from hongyan.faces.setup.offer import best
from hongyan.faces.web.pages import signed_in
from hongyan.faces.web.requests import Request
from hongyan.kernel.instance import Instance

_SPACE: Final = uuid.UUID("6f1c1d0e-7f0b-4c53-9c1c-0f3d2a6b8e55")


@signed_in
def download(request: Request) -> HttpResponse:
    mailbox, instance = mailbox_of(request.account), settings.INSTANCE
    if mailbox is None or instance is None or best(instance, "imap") is None or best(instance, "smtp") is None:
        raise Http404
    name = f"{mailbox.address.replace('@', '-at-')}.mobileconfig"
    try:
        content = signed(plistlib.dumps(profile(mailbox, instance)), instance)
    except OSError:  # no certificate that can be read: nothing to sign with
        raise Http404 from None
    return HttpResponse(
        content,
        content_type="application/x-apple-aspen-config",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def profile(mailbox: Mailbox, instance: Instance) -> dict[str, Any]:
    company, shown = mailbox.company.name, view(mailbox).name or mailbox.address
    identity = ".".join(reversed(instance.hostname.split("."))) + f".mail.{_uuid(mailbox, 'profile')}"
    return {
        "PayloadType": "Configuration",
        "PayloadVersion": 1,
        "PayloadIdentifier": identity,
        "PayloadUUID": _uuid(mailbox, "profile"),
        "PayloadDisplayName": gettext("Mail of %(company)s") % {"company": company},
        "PayloadDescription": gettext("Sets up the mailbox %(address)s.") % {"address": mailbox.address},
        "PayloadOrganization": company,
        "PayloadRemovalDisallowed": False,
        "PayloadContent": [_account(mailbox, instance, f"{identity}.account", company, shown)],
    }


def _account(mailbox: Mailbox, instance: Instance, identity: str, company: str, shown: str) -> dict[str, Any]:
    account: dict[str, Any] = {
        "PayloadType": "com.apple.mail.managed",
        "PayloadVersion": 1,
        "PayloadIdentifier": identity,
        "PayloadUUID": _uuid(mailbox, "account"),
        "PayloadDisplayName": mailbox.address,
        "EmailAccountDescription": company,
        "EmailAccountName": shown,
        "EmailAccountType": "EmailTypeIMAP",
        "EmailAddress": mailbox.address,
        "OutgoingPasswordSameAsIncomingPassword": True,
    }
    for prefix, service in (("Incoming", best(instance, "imap")), ("Outgoing", best(instance, "smtp"))):
        assert service is not None  # checked at the door
        account |= {
            f"{prefix}MailServerHostName": service.host,
            f"{prefix}MailServerPortNumber": service.port,
            f"{prefix}MailServerUseSSL": True,
            f"{prefix}MailServerUsername": mailbox.address,
            f"{prefix}MailServerAuthentication": "EmailAuthPassword",
        }
    return account


def _uuid(mailbox: Mailbox, part: str) -> str:
    return str(uuid.uuid5(_SPACE, f"{mailbox.home}/{part}")).upper()


def signed(content: bytes, instance: Instance) -> bytes:
    """CMS SignedData, DER, the content inside, with the whole certificate chain."""
    # Only whoever fetches a profile needs these.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import pkcs7

    chain = x509.load_pem_x509_certificates(instance.server_cert.read_bytes())
    key = serialization.load_pem_private_key(instance.server_key.read_bytes(), None)
    assert isinstance(key, (ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey))  # what CMS signs with here
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(chain[0], key, hashes.SHA256())
    for certificate in chain[1:]:
        builder = builder.add_certificate(certificate)
    return builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])
