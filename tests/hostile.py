"""Texts that mean to be more than text, for every field of pages and mails."""

HARMLESS = "Plain words"
TEXTS = {
    "HTML": "</title></textarea><script>alert(1)</script><img src=x onerror=alert(1)>\"'><b>",
    "template": "{{ 7 * 7 }} {% raw %} ${7*7} %(name)s {0} <%= 7 %>",
    "other direction": "\u202eevil\u202c \u2067left\u2069 \u200f\u200b.",
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 Zoë ก็",
    "header": "Ada\r\nBcc: all@example.org\r\nContent-Type: text/html\r\n\r\n<b>Invoice</b>",
    "encoded word": "=?utf-8?q?x=0ABcc:_eve=40evil.example=0A=0A<b>Invoice</b>?=",
    "calendar": 'Ada";X=":mailto:eve@evil.example\\,;\nEND:VEVENT\nBEGIN:VEVENT\nATTENDEE:mailto:eve@evil.example',
    "address": "javascript:alert(1) //evil.example data:text/html,x",
    "lines of a mail": "Ada\n\nApprove or decline:\n    https://evil.example/\u2028Cancel:\nhttps://evil.example/",
}
ADDRESSES = [
    "ada@example.org\r\nBcc: all@example.org", "ada@example.org,all@example.org", "ada@example.org\nall@example.org",
    "Ada <ada@example.org>", '"ada\r\nBcc: all"@example.org', "ada@example.org?bcc=all@example.org",
    "=?utf-8?q?ada=0ABcc:_eve=40evil.example?=@example.org", "ada@exa\u202emple.org@evil.example",
    "<script>@example.org", "ada@[127.0.0.1]", f"{'a' * 65}@example.org", f"ada@{'a.' * 200}org", "ada@@example.org",
    "ada;all@example.org", "ada@example.org%0aBcc:all@example.org",
]  # fmt: skip
"""None is one address."""
REDIRECTS = [
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>", "vbscript:x", "file:///etc/passwd", "blob:https://a.example/1",
    "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example",
    "https:/evil.example",    "https:///evil.example", "https://good.example@evil.example", "https://good.example:443@evil.example/",
    "https://good.example\\@evil.example", "https://evil.example\r\nSet-Cookie: x=1", "https://evil.example/\u202e",
]  # fmt: skip
"""None is the address of a site, or it is not the one that it seems to be."""
