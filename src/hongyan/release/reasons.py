"""Sentences that Dovecot says when a mailbox may not sign in: IMAP `NO [ALERT] ...`, SMTP `535 5.7.8 ...`.

Owns: their words in the three languages and the spelling that a passwd-file can carry.
Never: decides who is refused (`hongyan.release.tables` does, from the mailbox's state).
Always: a sentence says what, why and what to do next (promise 4 of the design).
"""

from __future__ import annotations

from typing import Literal

from hongyan.release.facts import Locale

Reason = Literal["first", "activation", "suspended", "protocol"]

_WORDS: dict[Reason, dict[Locale, str]] = {
    # clause G3.1.1: nothing works until the password is changed, on any protocol.
    "first": {
        "zh-Hant": "此郵箱須先設定自己的密碼：請開啟 {web} 登入，並更改初始密碼，之後郵件程式即可使用。",
        "zh-Hans": "此邮箱须先设置自己的密码：请打开 {web} 登录，并更改初始密码，之后邮件程序即可使用。",
        "en": "This mailbox waits for a password of your own: open {web} , sign in and change the first password. "
        "After that your mail program works.",
    },
    "activation": {
        "zh-Hant": "此郵箱尚未啟用：請開啟 {web} ，用收到的啟用連結設定自己的密碼，之後郵件程式即可使用。",
        "zh-Hans": "此邮箱尚未启用：请打开 {web} ，用收到的激活链接设置自己的密码，之后邮件程序即可使用。",
        "en": "This mailbox is not activated yet: open {web} with your activation link and set a password of your own. "
        "After that your mail program works.",
    },
    # clause G5.1
    "suspended": {
        "zh-Hant": "此郵箱已被公司停用，不能登入或寄信；來信仍會保留。請聯絡貴公司的郵件管理部門（總經辦）。",
        "zh-Hans": "此邮箱已被公司停用，不能登录或发信；来信仍会保留。请联系贵公司的邮件管理部门（总经办）。",
        "en": "Your company has stopped this mailbox: it cannot sign in or send; mail to it is kept. "
        "Please ask your company's mail office.",
    },
    "protocol": {
        "zh-Hant": "此郵箱未開放這種登入方式。請使用 {web} ，或聯絡貴公司的郵件管理部門（總經辦）。",
        "zh-Hans": "此邮箱未开放这种登录方式。请使用 {web} ，或联系贵公司的邮件管理部门（总经办）。",
        "en": "This way of signing in is not open for this mailbox. Use {web} or ask your company's mail office.",
    },
}


def sentence(reason: Reason, locale: Locale, web: str) -> str:
    """The plain sentence, as people read it."""
    return _WORDS[reason][locale].format(web=web)


def passwd_field(text: str) -> str:
    """The text as one passwd-file extra field: Dovecot splits those at spaces and expands '%' in them."""
    return text.replace("%", "%%").replace(" ", "\u00a0")
