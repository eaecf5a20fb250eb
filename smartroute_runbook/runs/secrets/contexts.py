"""Forms of secrets that what stands around them gives away: one-time codes, keys, logins, ``user/password@host``."""

from __future__ import annotations

import re

from .forms import Form, form
from .values import address, is_key, is_login, is_one_time, is_secret_value, is_strange, is_strong
from .words import is_passphrase, is_random, words_alone

__all__ = ["CONTEXTS"]

_CODE = (
    r"(?:authori[sz]ation|auth|device|one[-_ ]?time)[-_ ]?code|code[-_ ]?verifier|client[-_]?assertion|samlresponse"
    r"|saml[-_]?assertion|otp|(?:invite|invitation|reset|csrf|verification)[-_]?token|j?sessionid|phpsessid"
)
_KEY = (
    r"(?:(?:api|app|application|aes|auth|account|access|customer|encryption|fernet|hmac|jwt|licen[sc]e|master|private"
    r"|secret|shared|signing|storage|subscription|symmetric|webhook|pre-?shared)[-_ ]?(?:\d{3}[-_ ]?)?key(?:[-_]?base)?"
    r"|appid|psk|pepper|(?:password|secret)[-_]?salt)"
)
_SAYS = r"[\\\"'`*]*\s*(?:[:=]>?|->|\bis\b|\bwas\b|\bof\b)?\s*(?:b(?=[\\\"'`]))?[\\\"'`(]*(?:base64:)?"
_AS = r"(?:(?:as|with|is|for|user)\b\s*)*"
_WHO = r"[A-Za-z][\w.-]*"

_ONE_TIME = (
    form("a one-time code", "code=", r"[?&]code=(?P<v>[\w%/+.~-]{16,})", is_random),
    form("a one-time code", "code", r"(?<![\w-])code[\\\"']*\s*[:=]\s*[\\\"']*(?P<v>[\w%/+.~-]{16,})", is_one_time),
    form(
        "a one-time code",
        "code assertion samlresponse otp token sessionid sessid",
        rf"(?<![A-Za-z])(?:{_CODE}){_SAYS}(?P<v>[\w%/+=.~-]{{16,}})",
        is_random,
    ),
)

_KEYS = (
    form("a key", "key appid psk pepper salt", rf"(?<![A-Za-z]){_KEY}{_SAYS}(?P<v>[\w/+.~-]{{12,}}={{0,2}})", is_key),
    form("a key", "customerkey", r"customerkey[\\\"']*\s*[:=]\s*[\\\"']*(?P<v>[\w/+-]{32,}=*)", is_key),
    form("a key", "fernet", r"Fernet\(b?[\"'](?P<v>[\w-]{43}=)", is_key),
    form("a key", "key=", r"(?:[?&]|(?<![\w-]))key=(?P<v>[\w-]{32,})(?![\w./-])", is_random),
    form("a data key", "plaintext", r"[\"']Plaintext[\"']\s*:\s*[\"'](?P<v>[\w/+]{43}=)", is_key),
    # Nothing else of AWS has 40 signs of base64; a SHA-1 has no capitals.
    form("an AWS secret access key", "", r"(?<![\w/+=.-])(?-i:(?P<v>[A-Za-z0-9/+]{40}))(?![\w/+=.-])", is_strange),
    form(
        "a seed phrase",
        "mnemonic phrase words",
        r"(?:mnemonic|(?:seed|recovery|backup)\s+(?:phrase|words))\W{1,4}(?:is\s+)?(?P<v>[a-z]+(?: [a-z]+){11,23})",
        words_alone,
    ),
)

_LOGINS = (
    form(
        "a login",
        "log cred user auth signed connected",
        r"(?<![\w-])(?:log(?:ged)?[ -]?(?:in|on)|connected|authenticated|cred(?:ential)?s?"
        r"|user(?:name)?(?:\s*/\s*pass\w*)?|auth|signed[ -]in)"
        rf"\s*[:=]?\s*{_AS}{_WHO}(?:\s*[/:,]\s*|\s+)(?:(?:and|with|pw|pass\w*|using)\b[:=]?\s*)*"
        r"[\"'`]?(?P<v>[^\s\"'`<>|]{8,})",
        is_login,
    ),
    form("a login", "pass auth login", r"(?m:^)(?-i:PASS|AUTH(?: [\w.-]+)?)[ ](?P<v>\S{8,})\s*(?m:$)", is_login),
    form("a login", "login", r"(?-i:\bLOGIN) \S+ \"?(?P<v>[^\s\"]{8,})", is_login),
    form(
        "a login",
        "auth connect login credential",
        r"(?:auth\s*=\s*\(|BasicAuth\(|\bconnect\(|\blogin\(|credentials?\()[^()\n]{0,300}?,\s*"
        r"[\"'](?P<v>[^\"'\s]{6,})[\"']\s*\)",
        is_login,
    ),
    form("a login", "-p", r"\s-[uUnl][ =]?[\w.@-]+\s(?:\S+\s)?-(?:p|pw)[ =]?[\"']?(?P<v>[^\s\"']{6,})", is_login),
    form("a login", "mysql", r"\bmysql\w*\b[^\n|;]*?\s-p[\"'](?P<v>[^\"'\n]{4,})[\"']", address),
    form("a login", "echo", r"\becho\s+(?:-n\s+)?[\"']?(?P<v>[^\s\"'|]{8,})[\"']?\s*\|", is_login),
    form("a login", "/user:", r"(?P<v>\S{6,80})\s+/user:\w", is_login),
    form("a login", "@", r"(?<![\w.+-])[\w.+-]+:(?P<v>[^\s/:@\"'<>]{6,})@(?!sha\d)[\w.-]+", is_login),
)

_ORACLE = (
    form(
        "a login",
        "sqlplus expdp impdp jdbc:oracle",
        rf"(?:\b(?:sqlplus|expdp|impdp)(?:\s+-\w+)*\s+|jdbc:oracle:\w+:){_WHO}/\"?(?P<v>[^\s/@\"']{{4,}})",
        address,
    ),
    form("a login", "conn", rf"\bconn(?:ect)?\s+{_WHO}/\"?(?P<v>[^\s/@\"']{{4,}})\"?@", address),
    form(
        "a login",
        "@",
        rf"(?<![\w/.:@-]){_WHO}/\"?(?P<v>[^\s/@\"'<>]{{6,}})\"?@(?!sha\d|v?\d)(?://)?[A-Za-z][\w.-]*",
        is_login,
    ),
    form("a login", ".logon", rf"\.logon\s+(?:[\w.-]+/)?{_WHO}\s*,\s*\"?(?P<v>[^\s\"';]{{4,}})", address),
)

_PHRASES = (
    form(
        "a passphrase",
        "pass pwd",
        r"(?<![A-Za-z])(?:\w*_)?(?:pass(?:word|wd|phrase)?|pwd|pw)[\\\"'`*]*\s*(?:[:=]|\bis\b)\s*[\\\"'`{]*"
        r"(?P<v>[^\s\"'`|<>;{}&\\][^\n\"'`|<>;{}&\\]{8,80})(?=[\\\"'`;}\n]|$)",
        is_passphrase,
    ),
    form("a passphrase", "pass", r"<(pass(?:word|wd|phrase))[^<>]*>\s*(?P<v>[^<>\n]{8,80})\s*</\1>", is_passphrase),
    form("a passphrase", "pass", r"--pass(?:word|phrase)[ =][\"'](?P<v>[^\"'\n]{8,80})[\"']", is_passphrase),
    form("a passphrase", "pass", r"\bpass(?:word|wd|phrase)\s*[|│┃\t]\s*(?P<v>[^|│┃\n\t]{8,80})", is_passphrase),
    form(
        "a passphrase",
        "password=",
        r"[?&]password=(?P<v>[^\s&\"'<>]+(?:\+|%20)[^\s&\"'<>]+)",
        lambda text: is_passphrase(re.sub(r"\+|%20", " ", text)),
    ),
    form("a password", "pass", r"_pass[\\\"']*\s*[:=]\s*[\\\"']*(?P<v>[^\s\"'`\\<>|,;]{8,})", is_login),
    form("a password", " pw", r"\bpw[:=]?\s+[\"'`]?(?P<v>[^\s\"'`<>|]{8,})", is_login),
)

_IDENTIFIED = (
    form("a password in SQL", "identified", r"\bIDENTIFIED\s+WITH\s+\w+\s+BY\s+'(?P<v>[^'\n]{4,})'", address),
    form("a password in SQL", "identified", r"\bIDENTIFIED\s+BY\s+\"?(?P<v>[^\s'\";]{6,})", is_secret_value),
)

_WORDS = r"pass(?:word|wd|[ ]?phrase|wort|code)?|pwd|psw|pw|kennwort|contrase\u00f1a|mot de passe"
_GAP = (
    r"[^\w\n]{1,6}(?:(?:is|was|ist|lautet|to|be|set|as|for|of|und|and)\s+(?:user\s+)?){0,2}"
    r"[\\\"'`(<\[{\u201c\u201e]{0,3}"
)
_SIGNS = r"(?P<v>[^\s\"'`<>|()\[\]{}\u201c\u201d\u201e]{8,})"
_BESIDE = (
    form(
        "a password",
        "pass pw psw kennwort contrase passe",
        r"(?:(?<![A-Za-z])|(?<=root)|(?<=admin)|(?<=db)|(?<=user)|(?-i:(?<=[a-z])(?=P)))"
        rf"(?:{_WORDS})s?(?:[_-]?\w{{1,12}}(?=\s*[:=]))?{_GAP}{_SIGNS}",
        is_login,
    ),
    form(
        "a token",
        "token",
        r"(?<!next )(?<!page )(?<!client )(?<!request )(?<!continuation )(?<!pagination )(?<!starting )(?<!task )"
        r"(?:(?<![A-Za-z_-])|(?<![a-z])(?:auth|access|api|bot|bearer|ci|deploy|git\w{2,3}|id|refresh|sas|security"
        rf"|session|slack|vault)[_-])token{_SAYS}(?P<v>[\w/+=.~-]{{16,}})",
        is_key,
    ),
    form("a secret", "secret", rf"(?<![A-Za-z])secret{_SAYS}(?P<v>[\w/+=.~-]{{16,}})", is_random),
    form(
        "a password",
        "redis-cli openssl zip ldap mongo 7z",
        r"\b(?:redis-cli|openssl|(?:un)?zip|ldap\w+|mongo\w*|7z)\b[^\n|;]*?\s-[pPkwa][ =]+[\"']?(?P<v>[^\s\"']{6,})",
        is_strong,
    ),
    form("a password", "<<< obscure", r"(?:<<<\s*|\bobscure\s+)[\"']?(?P<v>[^\s\"']{8,})", is_login),
    form(
        "a password",
        "pass pwd secret token key",
        r"[\"'](?:\w+[_.-])?(?:pass(?:word|wd|phrase)|pwd|secret|api_?key|\w*token)[\"']\s*,\s*"
        r"[bruNE]?[\"'](?P<v>[^\"'\s]{8,})[\"']",
        is_login,
    ),
    form(
        "a password",
        "where",
        r"'(?P<v>[^'\n]{6,})'\s+WHERE\s+\w+\s*=\s*'(?:\w+[_.-])?(?:pass(?:word|wd|phrase)|pwd|secret|api_?key|token)'",
        is_login,
    ),
)

CONTEXTS: tuple[Form, ...] = (*_BESIDE, *_ONE_TIME, *_KEYS, *_LOGINS, *_ORACLE, *_PHRASES, *_IDENTIFIED)
