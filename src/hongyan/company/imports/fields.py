"""What a sheet of each kind may hold, and which column headings mean it.

Owns: the fields of each kind, their types, the office words for them in the three languages, the guess of a mapping.
Always: a guess is only a guess: a person sees it and corrects it once; what was corrected is remembered for the same
headings (`queries.remembered`). Words for readers are in the catalogue: `import.field.FIELD`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

Kind = Literal["persons", "posts", "mailboxes", "groups"]
Type = Literal["text", "code", "address", "addresses", "date", "flag", "choice", "size", "path"]
KINDS: Final[tuple[Kind, ...]] = ("persons", "posts", "mailboxes", "groups")
#: Several columns may make up one of these, from left to right (company, department, section).
JOINED: Final = frozenset(("unit", "members"))
#: Kept for the password rules alone: never shown again, in no report and no audit row.
SECRET: Final = frozenset(("identity_number", "card_number", "birthday"))


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    type: Type
    words: str  #: headings that mean it, as `plain` spells them, separated by blanks
    limit: int = 100
    choices: tuple[str, ...] = ()
    required: bool = False
    example: str = ""


_NUMBER = Field(
    "number", "code",
    "工號 工号 員工編號 员工编号 員工號 员工号 員工工號 员工工号 職工號 职工号 職號 职号 人員編號 人员编号 人員代碼 人员代码 編號 编号 "
    "staffnumber staffno staffid employeenumber employeeno employeeid personnumber number no id",
    limit=40, example="2001",
)  # fmt: skip
_UNIT = Field(
    "unit", "path",
    "部門 部门 所屬部門 所属部门 部門名稱 部门名称 部門路徑 部门路径 組織 组织 組織單位 组织单位 單位 单位 所屬單位 所属单位 分公司 分支機構 "
    "分支机构 處室 处室 科室 department dept departmentname unit orgunit organisation organization division section office branch "
    "一級部門 一级部门 二級部門 二级部门 三級部門 三级部门",
    limit=1000, example="總公司/信息部",
)  # fmt: skip
_POST = Field(
    "post", "text",
    "崗位 岗位 崗位名稱 岗位名称 職位 职位 職務 职务 職稱 职称 post position title jobtitle job role", limit=80, example="專員",
)  # fmt: skip
_HEAD = Field(
    "head", "flag",
    "負責人 负责人 部門負責人 部门负责人 是否負責人 是否负责人 主管 是否主管 部門主管 部门主管 head ishead headofunit manager ismanager",
)  # fmt: skip
_ADDRESS = (
    "郵箱 邮箱 郵箱帳號 邮箱帐号 邮箱账号 郵箱賬號 郵箱地址 邮箱地址 公司郵箱 公司邮箱 企業郵箱 企业邮箱 電子郵箱 电子邮箱 電子郵件 电子邮件 "
    "電郵 电邮 電郵地址 郵件地址 邮件地址 郵件帳號 邮件账号 帳號 账号 帐号 賬號 email mail mailbox emailaddress mailaddress "
    "mailboxaddress emailaccount mailaccount account"
)
_QUOTA = Field(
    "quota", "size",
    "容量 郵箱容量 邮箱容量 空間 空间 郵箱空間 邮箱空间 配額 配额 容量mb 郵箱大小 邮箱大小 quota size mailboxsize storage", example="3 GB",
)  # fmt: skip
_EXPIRES = Field(
    "expires", "date",
    "到期 到期日 到期日期 有效期 有效期至 截止日期 失效日期 expires expireson expiry expirydate validuntil until",
)  # fmt: skip

FIELDS: Final[dict[Kind, tuple[Field, ...]]] = {
    "persons": (
        _NUMBER,
        Field(
            "name", "text",
            "姓名 名字 員工姓名 员工姓名 職員姓名 职员姓名 中文姓名 中文名 人員姓名 人员姓名 name fullname personname staffname employeename",
            required=True, example="張小明",
        ),
        Field(
            "latin_name", "text",
            "英文名 英文姓名 拼音 姓名拼音 拼音姓名 latinname englishname pinyin romanizedname", example="Zhang Xiaoming",
        ),
        _UNIT, _POST, _HEAD,
        Field("mailbox", "address", _ADDRESS, example="zhang.xiaoming"),
        _QUOTA,
        Field(
            "mobile", "code",
            "手機 手机 手機號 手机号 手機號碼 手机号码 移動電話 移动电话 行動電話 行动电话 聯繫電話 联系电话 聯絡電話 mobile mobilephone "
            "mobilenumber cell cellphone", limit=40, example="13800138001",
        ),
        Field(
            "phone", "code",
            "電話 电话 辦公電話 办公电话 固定電話 固定电话 座機 座机 分機 分机 分機號 分机号 phone telephone tel officephone extension ext",
            limit=40,
        ),
        Field("birthday", "date", "生日 出生日期 出生年月 出生年月日 birthday birthdate dateofbirth dob"),
        Field(
            "identity_number", "code",
            "身份證 身份证 身份證號 身份证号 身份證號碼 身份证号码 身分證 身分證字號 證件號碼 证件号码 證件號 证件号 idnumber identitynumber "
            "idcard idcardnumber nationalid", limit=30,
        ),
        Field("card_number", "code", "工卡 工卡號 工卡号 門禁卡 门禁卡 門禁卡號 门禁卡号 卡號 卡号 cardnumber cardno", limit=40),
        Field("locale", "choice", "語言 语言 界面語言 界面语言 介面語言 language locale", choices=("zh-Hant", "zh-Hans", "en")),
    ),
    "posts": (
        Field(_NUMBER.name, _NUMBER.type, _NUMBER.words, _NUMBER.limit, required=True, example=_NUMBER.example),
        Field(_UNIT.name, _UNIT.type, _UNIT.words, _UNIT.limit, required=True, example=_UNIT.example),
        _POST, _HEAD,
    ),
    "mailboxes": (
        Field("address", "address", "地址 address " + _ADDRESS, required=True, example="service@corp.test"),
        Field(
            "kind", "choice", "類型 类型 郵箱類型 邮箱类型 類別 类别 kind type mailboxkind mailboxtype",
            choices=("personal", "shared", "section", "project", "intern"), example="shared",
        ),
        Field("number", "code", _NUMBER.words + " 使用人工號 使用人工号 owner", limit=40),
        Field(
            "keeper", "code", "管理人 保管人 責任人 责任人 管理人工號 管理人工号 保管人工號 保管人工号 keeper keepernumber responsible",
            limit=40, example="2001",
        ),
        Field("display_name", "text", "顯示名稱 显示名称 顯示名 显示名 名稱 名称 郵箱名稱 邮箱名称 displayname name", example="客戶服務"),
        _UNIT, _QUOTA, _EXPIRES,
    ),
    "groups": (
        Field(
            "address", "address", "群組 群组 群組地址 群组地址 群組郵箱 群组邮箱 組地址 组地址 群發地址 群发地址 group groupaddress 地址 address " + _ADDRESS,
            required=True, example="all@corp.test",
        ),
        Field("group_name", "text", "群組名稱 群组名称 群組名 群组名 名稱 名称 groupname name", example="全體員工"),
        Field(
            "members", "addresses",
            "成員 成员 組員 组员 成員地址 成员地址 成員郵箱 成员邮箱 members member memberaddress recipients", example="a@corp.test; b@corp.test",
        ),
        Field(
            "who", "choice", "發信權限 发信权限 誰可發信 谁可发信 誰可以發信 可發信人 可发信人 who maywrite whomaywrite senders",
            choices=("anyone", "company", "members", "listed"),
        ),
        _UNIT,
    ),
}  # fmt: skip
#: What office people write in cells of choices and flags, as `plain` spells it.
CHOICE_WORDS: Final[dict[str, str]] = {
    "個人": "personal", "个人": "personal", "員工": "personal", "员工": "personal", "公共": "shared", "公用": "shared", "共享": "shared",
    "部門": "section", "部门": "section", "科室": "section", "項目": "project", "项目": "project", "專案": "project", "实习": "intern",
    "實習": "intern", "實習生": "intern", "实习生": "intern", "繁體": "zh-Hant", "繁體中文": "zh-Hant", "繁体": "zh-Hant",
    "繁体中文": "zh-Hant", "简体": "zh-Hans", "简体中文": "zh-Hans", "簡體": "zh-Hans", "簡體中文": "zh-Hans", "中文": "zh-Hans",
    "英文": "en", "英語": "en", "英语": "en", "english": "en", "zhhant": "zh-Hant", "zhhans": "zh-Hans", "zhtw": "zh-Hant",
    "zhcn": "zh-Hans", "任何人": "anyone", "所有人": "anyone", "公司": "company", "本公司": "company", "公司內部": "company",
    "公司内部": "company", "成員": "members", "成员": "members", "指定": "listed", "指定人員": "listed", "指定人员": "listed",
}  # fmt: skip
YES: Final = frozenset(
    ["是", "有", "對", "对", "√", "✓", "✔", "y", "yes", "true", "1", "x", "負責人", "负责人", "主管", "head"]
)
NO: Final = frozenset(["否", "無", "无", "不是", "×", "n", "no", "false", "0", "-"])


def fields_of(kind: Kind) -> dict[str, Field]:
    return {field.name: field for field in FIELDS[kind]}


def plain(text: str) -> str:
    """A heading or a choice as it is compared: NFKC, lower case, without blanks, marks and what stands in brackets."""
    text = unicodedata.normalize("NFKC", text).lower()
    text = re.sub(r"\([^)]*\)|\[[^\]]*\]|【[^】]*】|〔[^〕]*〕", "", text) or text
    return re.sub(r"[\s*:#_\-./、,;'\"]+", "", text)


def guess(kind: Kind, headings: Sequence[str]) -> list[str]:
    """A field for each column, or "" where none is known. Each field once, but for `JOINED` ones."""
    found: list[str] = []
    for heading in headings:
        name = _field_of(kind, plain(heading))
        found.append("" if name in found and name not in JOINED else name)
    return found


@lru_cache(4096)
def _field_of(kind: Kind, heading: str) -> str:
    for field in FIELDS[kind]:
        if heading and heading in (*field.words.split(), plain(field.name)):
            return field.name
    # The longest known word that the heading holds: `所在部門（全稱）` is a unit, `企業郵箱帳號` an address.
    holds = [
        (len(word), field.name)
        for field in FIELDS[kind]
        for word in field.words.split()
        if len(word) >= 2 and not word.isascii() and word in heading
    ]
    return max(holds)[1] if holds else ""


def known_words(kind: Kind, headings: Sequence[str]) -> int:
    return sum(bool(name) for name in guess(kind, headings))


def problems_of(kind: Kind, columns: Sequence[str]) -> list[tuple[str, str]]:
    """What is wrong with a mapping: (`import.map.unknown`|`.twice`|`.missing`, field)."""
    known = fields_of(kind)
    wrong = [("import.map.unknown", name) for name in columns if name and name not in known]
    wrong += [("import.map.twice", n) for n in known if n not in JOINED and list(columns).count(n) > 1]
    return wrong + [("import.map.missing", f.name) for f in FIELDS[kind] if f.required and f.name not in columns]
