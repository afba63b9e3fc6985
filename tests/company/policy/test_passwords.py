from __future__ import annotations

import math
import random
import string
from datetime import date

import pytest

from hongyan.company.policy import passwords
from hongyan.company.policy.password_personal import name_forms
from hongyan.company.policy.passwords import PasswordRules, PersonalData, check
from hongyan.kernel import wording
from hongyan.kernel.decision import Decision

RULES = PasswordRules()
NOBODY = PersonalData()
ALICE = PersonalData(
    names=("林愛麗", "Alice Lin"),
    login="alice.lin@corp.test",
    identity_number="11010519900102002X",
    birthday=date(1990, 1, 2),
    phones=("+86 138-0013-8642", "分機 5719"),
    card_numbers=("6222 0212 3456 7890 128",),
    employee_number="BC-00417",
    company_names=("北辰智造集團", "beichen", "beichen.test"),
)


def codes(password: str, personal: PersonalData = ALICE, rules: PasswordRules = RULES) -> set[str]:
    return {d.code.removeprefix("password.") for d in check(password, rules, personal)}


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("kd7-mq2", "too_short"),
        ("", "too_short"),
        ("k7-" * 22, "too_long"),
        ("lantern-window-moss", "needs_digit"),
        ("58207-93-4716-0", "needs_letter"),
        ("58207934716０", "needs_letter"),
        ("          ", "spaces_only"),
        (" lantern-7-moss", "outer_space"),
        ("lantern-7-moss\u3000", "outer_space"),
        ("lantern\x007moss", "control_character"),
        ("lantern\n7 moss", "control_character"),
        ("lantern\u200b7moss", "control_character"),
        ("lantern\ud8007moss", "control_character"),
    ],
)
def test_spelling_length_and_classes(password: str, code: str) -> None:
    assert code in codes(password)


@pytest.mark.parametrize(
    ("classes", "password", "code"),
    [
        (3, "lantern7moss", "needs_upper_or_sign"),
        (3, "Lantern7moss", None),
        (3, "lantern-7moss", None),
        (4, "lantern-7moss", "needs_upper_and_sign"),
        (4, "Lantern-7moss", None),
    ],
)
def test_more_classes_where_the_company_asks_for_them(classes: int, password: str, code: str | None) -> None:
    assert codes(password, rules=PasswordRules(classes=classes)) == ({code} if code else set())


@pytest.mark.parametrize(
    "password",
    [
        "11010519900102002x-moss", "moss-02002X-lantern", "x200201dkwq!", "lantern110105moss", "Beijing002X",
        "１１０１０５ lantern", "lantern-9900-10", "moss 11o1o5 lantern",
    ],
)  # fmt: skip
def test_no_identity_number(password: str) -> None:
    assert "identity_number" in codes(password)


@pytest.mark.parametrize(
    "password",
    [
        "moss19900102lantern", "moss900102lantern", "moss1990-01-02lantern", "moss 1990.1.2 lantern",
        "moss1990/1/2lantern",
        "moss02011990lantern", "moss01021990lantern", "moss-199001-lantern", "moss790102lantern", "moss0790102lantern",
        "1990年1月2日的月光", "一九九〇年一月二日的月光", "moss２-Jan-1990", "moss20100991lantern", "wx0102-qd0102",
        "ab0102#kz", "mos1990#59",
        "moss199OO1O2lantern",
    ],
)  # fmt: skip
def test_no_birthday(password: str) -> None:
    assert "birthday" in codes(password)


def test_a_day_that_is_not_the_birthday_or_month_and_day_amid_a_rich_password_pass() -> None:
    assert codes("moss19850611lantern") == set()
    assert codes("moss lantern 0102 window curtain") == set()


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("moss13800138642lantern", "phone"),
        ("moss-138642-lantern", "phone"),
        ("moss 3800138 lantern", "phone"),
        ("moss246831lantern", "phone"),
        ("tea5719#59", "phone"),
        ("moss62220212lantern", "card"),
        ("moss-890128-lantern", "card"),
        ("moss-bc-00417-lantern", "employee_number"),
        ("tea00417#59", "employee_number"),
        ("moss-alicelin-7", "login"),
        ("alice#728465", "login"),
        ("moss-beichen-7-lantern", "company"),
        ("北辰智造 7 月光石頭", "company"),
        ("b3ich3n-7-moss-dog", "company"),
        ("beichenzhizao#7moss", "company"),
    ],
)
def test_no_other_data_of_the_person(password: str, code: str) -> None:
    assert code in codes(password)


@pytest.mark.parametrize(
    "password",
    [
        "linaili#728465", "LinAiLi728465", "ailiLin728465", "lin.ai.li.7284", "lin2ai4li4#95", "l1naili-7284",
        "L!n@!l!-7284",
        "linal#728465xy", "ailil7284651", "laili7284651", "aili72846512", "林愛麗728465", "林爱丽728465",
        "愛麗728465kx", "alicelin72846",
        "al1ce_72846", "Alice72846xk", "LinAlice7284", "ｌｉｎａｉｌｉ７２８", "moss linaili 5 lantern window",
    ],
)  # fmt: skip
def test_no_name_in_characters_pinyin_or_latin(password: str) -> None:
    assert "name" in codes(password)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("單田芳", "shantianfang"), ("曾国藩", "zengguofan"), ("仇英", "qiuying"), ("解缙", "xiejin"),
        ("查良鏞", "zhaliangyong"),
        ("區偉明", "ouweiming"), ("朴志勇", "piaozhiyong"), ("覃天明", "qintianming"), ("尉遲恭", "yuchigong"),
        ("万俟雅言", "moqiyayan"), ("歐陽修", "ouyangxiu"), ("歐陽修文", "ouyangxw"), ("諸葛亮", "liangzhuge"),
        ("呂布", "lvbu"),
        ("吕布", "lubu"), ("长孙无忌", "zhangsunwuji"), ("蓋叫天", "gejiaotian"), ("任重道", "renzhongdao"),
        ("樂嘉", "yuejia"),
        ("Mary-Jane O'Neil", "maryjaneoneil"), ("陳大文 Peter", "peter"), ("陳大文 Peter", "chendawen"),
    ],
)  # fmt: skip
def test_surnames_of_several_readings_and_compound_ones(name: str, typed: str) -> None:
    assert typed in name_forms(name)
    assert "name" in codes(f"{typed}-7284", PersonalData(names=(name,)))


def test_a_short_name_within_other_words_passes() -> None:
    li_na = PersonalData(names=("李娜",), login="bob@corp.test")
    assert codes("carolina-mountain-7", li_na) == set()
    assert codes("kabob-window-lantern-7", li_na) == set()
    assert "name" in codes("lina#728465k", li_na)
    assert "login" in codes("bob#7284650", li_na)


def test_same_sound_in_other_characters_is_another_word() -> None:
    assert codes("黎明前的海面有 7 條船", PersonalData(names=("李明",))) == set()


@pytest.mark.parametrize(
    "password",
    [
        "kdaaaamq7",
        "abcabcabc1",
        "abc12abc12",
        "xk112233mq",
        "aabbccdd-7",
        "7k7k7k7k7k",
        "啦啦啦啦-7mk",
        "hahahaha-7",
        "112211221a",
    ],
)
def test_no_repeats(password: str) -> None:
    assert "repeated" in codes(password, NOBODY)


@pytest.mark.parametrize(
    "password",
    [
        "moss1234lantern", "moss9876lantern", "mossabcdlantern", "dcba-moss-75", "qwer-moss-75", "asdf-moss-75",
        "moss-vcxz-75",
        "1qaz-moss-75", "3edc-moss-75", "moss!@#$lantern7", "moss147258lantern", "moss13579lantern", "一二三四-moss",
        "甲乙丙丁-moss7",
        "QWERmoss#75", "１２３４moss#k", "0123moss#k", "7890moss#k", "propertyuiop7",
    ],
)  # fmt: skip
def test_no_runs(password: str) -> None:
    assert "run" in codes(password, NOBODY)


@pytest.mark.parametrize(
    "password", ["moss20210123lantern", "moss210123lantern", "property-understudy-7", "poverty strewn 75"]
)
def test_dates_and_words_are_no_runs(password: str) -> None:
    assert codes(password, NOBODY) == set()


@pytest.mark.parametrize(
    "password",
    [
        "woaini1314", "woaini1314520", "qq1314520520", "a123456789", "zhang123456", "zhang19870611", "P@ssw0rd2024",
        "@dmin2024!!",
        "dragon!2024", "2024sunshine", "sunshine", "iloveyou520", "5201314woaini", "我愛你1314520", "admin888888",
        "Zhangwei1987",
        "1q2w3e4r5t", "trustno1!!", "ｐａｓｓｗｏｒｄ８５", "wo.ai.ni.520",
    ],
)  # fmt: skip
def test_no_common_passwords(password: str) -> None:
    assert "common" in codes(password, NOBODY)


@pytest.mark.parametrize("password", ["wx48213975", "48213975qq", "k7395820416"])
def test_a_number_with_a_letter_or_two_is_no_password(password: str) -> None:
    assert codes(password, NOBODY) & {"mostly_digits", "common"}


def test_all_reasons_are_told_at_once_in_one_order() -> None:
    found = check("alice1234", RULES, ALICE)
    assert [d.code for d in found] == [
        "password.too_short", "password.name", "password.login", "password.run", "password.common",
    ]  # fmt: skip
    assert {d.clause for d in found} == {"B4.12"}
    assert found[0].params == {"min": 10}
    assert check("alice1234", RULES, ALICE) == found


def test_reasons_carry_neither_the_password_nor_the_data() -> None:
    found = check("alice19900102-02002x-138642", RULES, ALICE)
    assert len(found) >= 4
    assert all(set(d.params) <= {"min", "max"} for d in found)


def test_each_check_can_be_switched_off() -> None:
    off = dict.fromkeys(("forbid_personal", "forbid_repeats", "forbid_runs", "forbid_common"), False)
    lax = PasswordRules(min_length=6, max_length=16, **off)
    assert check("aaaa1234", lax, ALICE) == check("alice1", lax, ALICE) == ()
    assert check("alice", lax, ALICE) == (
        Decision("password.too_short", {"min": 6}, "B4.12"),
        Decision("password.needs_digit", {}, "B4.12"),
    )


def strong_passwords() -> list[str]:
    draw = random.Random(20261124)
    signs = string.ascii_letters + string.digits + "-_.!#%&*+=?"
    return [
        w
        for w in ("".join(draw.choices(signs, k=draw.randint(12, 20))) for _ in range(220))
        if any(map(str.isdigit, w))
    ][:200]


WORDS = (
    "lantern", "window", "carolina", "mountain", "property", "battery", "staple", "correct",
    "horse", "understudy", "cinnamon", "marble", "orchid", "planning", "thunder", "copper",
    "village", "harbour", "pencil", "violin", "autumn", "blanket", "ribbon", "meadow",
    "granite", "falcon",
)  # fmt: skip
HAN = "春江潮水連海平月共生灩隨波千里何處無明宛轉繞芳甸照花林皆似霰空流霜不覺飛汀上白沙看見天色纖塵皎中孤輪"


def passphrases() -> list[str]:
    draw = random.Random(7)
    latin = [draw.choice(" -_").join(draw.sample(WORDS, 4)) + str(draw.randint(2, 99)) for _ in range(100)]
    return latin + ["".join(draw.sample(HAN, 10)) + str(draw.randint(2, 99)) for _ in range(100)]


@pytest.mark.parametrize(
    "person", [NOBODY, ALICE, PersonalData(names=("李娜",), login="lina@corp.test", birthday=date(2001, 11, 11))]
)
def test_good_passwords_are_not_refused(person: PersonalData) -> None:
    good = strong_passwords() + passphrases()
    assert len(good) == 400
    assert {w: codes(w, person) for w in good if codes(w, person)} == {}


def test_a_megabyte_is_refused_quickly_and_only_for_what_it_is() -> None:
    assert codes("k7" + "x-mq" * 250_000) >= {"too_long"}


def test_every_reason_has_its_sentence() -> None:
    everything = "alice1234-11010519900102002x-13800138642-890128-bc00417-beichen"
    for password in ("", " a\0", "k" * 65, everything, "wx48213975", "aaaa1111"):
        for reason in check(password, RULES, ALICE):
            assert all(wording.say(reason, locale) for locale in wording.LOCALES)


@pytest.mark.parametrize(
    "rules",
    [
        RULES,
        PasswordRules(min_length=6, max_length=16),
        PasswordRules(max_length=16, classes=4),
        PasswordRules(classes=4),
        PasswordRules(min_length=64, classes=3),
        PasswordRules(min_length=20, max_length=20),
    ],
)
def test_first_passwords_hold_the_rules_and_cannot_be_misread(rules: PasswordRules) -> None:
    made = {passwords.generate_first_password(rules) for _ in range(50)}
    assert len(made) == 50
    assert all(check(word, rules, NOBODY) == () for word in made)
    assert not set("".join(made)) & set("0O1lI")


def test_generated_passwords_are_long_enough_to_be_unguessable() -> None:
    bits = math.log2(len(passwords.LETTERS + passwords.DIGITS))
    first, app = passwords.generate_first_password(), passwords.generate_app_password()
    assert [len(g) for g in first.split("-")] == [4, 4, 4, 4]
    assert len(first.replace("-", "")) * bits >= 60
    assert len(app.replace("-", "")) * bits >= 128
    assert app != passwords.generate_app_password()


@pytest.mark.parametrize(
    "settings",
    [{"min_length": 0}, {"min_length": 70}, {"max_length": 12}, {"classes": 1}, {"classes": 5}, {"history": -1}],
)
def test_rules_that_cannot_be_held_are_not_made(settings: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"lengths|classes|times"):
        PasswordRules(**settings)  # type: ignore[arg-type]
