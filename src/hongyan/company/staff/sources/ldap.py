"""A directory asked by LDAP (RFC 4511), in pages (RFC 2696): OpenLDAP and its like, Active Directory.

Always: over TLS with a checked certificate, but for a directory on this machine; what is not the whole answer (a limit
of the server's, a broken connection, a page that fails) is an error and never a shorter list.
`ldap3` is loaded when a directory is asked.
"""

from __future__ import annotations

import ssl
import uuid
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from django.conf import settings

from hongyan.company.staff.models import Source
from hongyan.company.staff.sources.settings import Directory, directory
from hongyan.company.staff.sources.texts import entry_of
from hongyan.company.staff.spool import Entry
from hongyan.kernel import sealing
from hongyan.kernel.decision import Refusal

PAGE: Final = 500
CONNECT_SECONDS, ANSWER_SECONDS = 10, 60
_PAGED: Final = "1.2.840.113556.1.4.319"
_DISABLED: Final = 0x2  #: userAccountControl: ACCOUNTDISABLE
_CREDENTIALS, _NO_OBJECT = 49, 32  # RFC 4511 appendix A
PURPOSE: Final = "directory"


def seal(password: str) -> bytes:
    return sealing.seal(password.encode(), key=settings.SECRET_KEY, purpose=PURPOSE)


def _password(source: Source) -> str:
    if not source.sealed:
        return ""
    try:
        return sealing.unseal(bytes(source.sealed), key=settings.SECRET_KEY, purpose=PURPOSE).decode()
    except sealing.Broken:
        raise Refusal("staff.password_lost") from None


def entries(source: Source, domains: Collection[str]) -> Iterator[Entry]:
    """Everybody whom the filter finds. Refuses `staff.directory_*`."""
    where = directory(source.settings)
    with _connected(where, _password(source)) as connection:
        for number, (dn, attributes) in enumerate(_found(connection, where), 1):
            yield _entry(number, dn, attributes, where, domains, mailboxes=source.open_mailboxes)


def try_source(source: Source, domains: Collection[str]) -> list[Entry]:
    """The first entries, to see whether all is set as it should be."""
    found: list[Entry] = []
    for entry in entries(source, domains):
        found.append(entry)
        if len(found) == 5:
            break
    return found


def _library() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the names under which it asks pyasn1
        import ldap3
    return ldap3


def _checking(library: Any, ca: str) -> Any:
    """TLS with Python's own checks of certificate and name: those of ldap3 are of an earlier time and know no addresses."""
    context = ssl.create_default_context(cadata=ca or None)

    class Checking(library.Tls):  # type: ignore[misc]  # loaded when needed
        def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:
            connection.socket = context.wrap_socket(connection.socket, server_hostname=connection.server.host)

    return Checking(validate=ssl.CERT_REQUIRED)


@contextmanager
def _connected(where: Directory, password: str) -> Iterator[Any]:
    ldap3 = _library()
    from ldap3.core.exceptions import LDAPException

    tls = _checking(ldap3, where.ca)
    server = ldap3.Server(
        where.host, port=where.port, use_ssl=where.secure, tls=tls, get_info=ldap3.NONE, connect_timeout=CONNECT_SECONDS
    )
    who = {"user": where.bind_dn, "password": password, "authentication": ldap3.SIMPLE} if where.bind_dn else {}
    connection = ldap3.Connection(
        server, auto_referrals=False, read_only=True, receive_timeout=ANSWER_SECONDS, check_names=False, **who
    )
    try:
        try:
            connection.open()
            if where.start_tls and not connection.start_tls():
                raise Refusal("staff.directory_tls", host=where.host)
            if not connection.bind():
                raise _refused(connection.result, where)
        except (LDAPException, OSError) as problem:
            raise Refusal("staff.directory_away", host=where.host, problem=str(problem)[:200]) from None
        try:
            yield connection
        except (LDAPException, OSError) as problem:
            raise Refusal("staff.directory_broken", host=where.host, problem=str(problem)[:200]) from None
    finally:
        with suppress(LDAPException, OSError):
            connection.unbind()
        if connection.socket is not None:  # left open by a connection that failed half-way
            connection.socket.close()


def _refused(result: dict[str, Any], where: Directory) -> Refusal:
    code = int(result.get("result", 0))
    if code == _CREDENTIALS:
        return Refusal("staff.directory_credentials", dn=where.bind_dn)
    if code == _NO_OBJECT:
        return Refusal("staff.directory_no_base", base=where.base)
    said = result.get("message") or result.get("description") or ""
    return Refusal("staff.directory_refused", number=code, problem=str(said)[:200])


def _found(connection: Any, where: Directory) -> Iterator[tuple[str, dict[str, list[bytes]]]]:
    wanted = {where.key, *(name for names in where.fields.values() for name in names)}
    if where.active_directory:
        wanted.add("userAccountControl")
    cookie: bytes | None = None
    while True:
        connection.search(
            where.base, where.filter, attributes=sorted(wanted), paged_size=PAGE, paged_cookie=cookie,
        )  # fmt: skip
        if connection.result["result"] != 0:
            raise _refused(connection.result, where)
        for answer in connection.response:
            if answer["type"] == "searchResEntry":
                raw = answer["raw_attributes"]
                yield str(answer["dn"]), {str(name).lower(): list(values) for name, values in raw.items()}
        control = connection.result.get("controls", {}).get(_PAGED, {})
        cookie = control.get("value", {}).get("cookie")
        if not cookie:
            return


def _entry(
    number: int, dn: str, attributes: dict[str, list[bytes]], where: Directory, domains: Collection[str], *,
    mailboxes: bool,
) -> Entry:  # fmt: skip
    texts = {name: _first(attributes, names) for name, names in where.fields.items()}
    if where.units == "dn":
        texts["unit"] = _units_of(dn)
    if texts.get("unit") and where.unit_top:
        texts["unit"] = f"{where.unit_top}/{texts['unit']}"
    key = _key(attributes.get(where.key.lower(), []), dn)
    return entry_of(
        number, key, texts, active=_works(attributes, where), domains=domains, mailboxes=mailboxes
    )  # fmt: skip


def _first(attributes: dict[str, list[bytes]], names: list[str]) -> str:
    for name in names:
        for value in attributes.get(name.lower(), ()):
            if text := value.decode("utf-8", "replace").strip():
                return text
    return ""


def _key(values: list[bytes], dn: str) -> str:
    """The entry's own key: objectGUID is sixteen bytes, little-endian; without one its name has to do."""
    if not values:
        return dn[:200]
    value = values[0]
    if len(value) == 16:
        return str(uuid.UUID(bytes_le=value))
    return value.decode("utf-8", "replace")[:200]


def _works(attributes: dict[str, list[bytes]], where: Directory) -> bool:
    if not where.active_directory:
        return True
    flags = _first(attributes, ["userAccountControl"])
    return not (flags.isdigit() and int(flags) & _DISABLED)


def _units_of(dn: str) -> str:
    """`cn=Li,ou=網絡處,ou=信息部,dc=corp,dc=test` -> `信息部/網絡處`."""
    from ldap3.utils.dn import parse_dn

    return "/".join(value for kind, value, _ in reversed(parse_dn(dn)) if kind.lower() == "ou")
