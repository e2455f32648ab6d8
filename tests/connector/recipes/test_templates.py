from typing import Any

import pytest

from openslot.connector.recipes.escapes import in_slack
from openslot.connector.recipes.placeholders import TemplateError
from openslot.connector.recipes.templates import parse

CONTEXT: dict[str, Any] = {
    "event": "invitee.created",
    "env": {"HOST": "https://crm.example/a b"},
    "payload": {
        "name": "Zoë สมชาย",
        "email": " Ada@Example.org ",
        "first_name": None,
        "uri": "https://api.example/invitees/71b6/",
        "count": 3,
        "is_new": True,
        "timezone": "Asia/Bangkok",
        "start_time": "2031-04-10T23:30:00.000000Z",
        "guests": [{"email": "a@x.org"}, {"email": "b@x.org"}],
        "questions_and_answers": [
            {"question": "How many visitors?", "answer": "Three"},
            {"question": "Remarks", "answer": None},
        ],
    },
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("", ""),
        ("no place at all", "no place at all"),
        ("Dear {{ payload.name }},\n{{event}}", "Dear Zoë สมชาย,\ninvitee.created"),
        ("{{ payload.first_name }}!", "!"),
        ("{{ payload.first_name | default('you') }}", "you"),
        ("{{ payload.nothing.at.all | default(payload.count) }}", "3"),
        ("{{ payload.is_new }} {{ payload.count }} {{ 'a|b' }} {{ -7 }}", "true 3 a|b -7"),
        ("{{ payload.email | trim | lower }}", "ada@example.org"),
        ("{{ payload.name | upper | truncate(3) }}", "ZOË"),
        ("{{ payload.name | words | first }} {{ payload.name | words | last }}", "Zoë สมชาย"),
        ("{{ payload.name | replace('ë', \"e\") | length }}", "9"),
        (
            "{{ payload.guests.1.email }}, {{ payload.guests | pick('email') | join(' & ') }}",
            "b@x.org, a@x.org & b@x.org",
        ),
        ("{{ payload.uri | id }}", "71b6"),
        ("{{ payload.start_time | date('%a %d %b %H:%M') }}", "Thu 10 Apr 23:30"),
        ("{{ payload.start_time | date('%Y-%m-%d %H:%M', payload.timezone) }}", "2031-04-11 06:30"),
        ("{{ payload.start_time | plus_minutes(-30) }}", "2031-04-10T23:00:00.000000Z"),
        ("{{ payload.questions_and_answers | answer('how many visitors?') }}", "Three"),
        ("{{ payload.questions_and_answers | answer('Age') | default('unknown') }}", "unknown"),
        ("{{ payload.questions_and_answers | answers }}", "How many visitors?: Three\nRemarks: "),
        ("{{ payload.guests }} {{ payload.name | json }}", '[{"email":"a@x.org"},{"email":"b@x.org"}] "Zoë สมชาย"'),
    ],
)
def test_a_template_becomes_text(template: str, text: str) -> None:
    assert parse(template).render(CONTEXT) == text


@pytest.mark.parametrize("rows", [None, [], [None, 7]], ids=["null", "empty", "no rows"])
@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ rows | pick('email') | join }}", ""),
        ("{{ rows | answer('Age') | default('unknown') }}", "unknown"),
        ("{{ rows | answers }}", ""),
    ],
)
def test_a_list_that_is_null_or_holds_nothing_is_an_empty_one(template: str, text: str, rows: Any) -> None:
    assert parse(template).render({"rows": rows}) == text


def test_rows_may_lack_something() -> None:
    rows = [{"question": "Age"}, {"answer": "x"}, {"question": None, "answer": 7}, {"email": "a@x.org"}, None]

    texts = [
        parse("{{ rows | " + call + " }}").render({"rows": rows})
        for call in ("answers", "answer('age') | default('unknown')", "pick('email') | join")
    ]

    assert texts == ["Age: \n: x\n: 7\n: ", "unknown", "a@x.org"]


def test_what_is_null_has_no_words_and_no_length() -> None:
    assert parse("{{ name | words | first }}{{ name | words | join }}{{ name | length }}").render({"name": None}) == "0"


@pytest.mark.parametrize(
    ("template", "value"),
    [("{{ payload.count }}", 3), ("{{ payload.first_name }}", None), ("{{payload.guests.0}}", {"email": "a@x.org"})],
)
def test_a_place_alone_is_the_value_itself(template: str, value: object) -> None:
    assert parse(template).value(CONTEXT) == value


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{{ payload.naem }}", "there is no payload.naem: payload has no naem"),
        ("{{ paylod.name }}", "there is no paylod.name: the event has no paylod"),
        ("{{ payload.name.upper }}", "payload.name has no upper"),
        ("{{ payload.guests.2 }}", "payload.guests has no 2"),
        ("{{ payload.guests.__class__ }}", "has no __class__"),
        ("{{ payload.naem | lower | default('x') }}", "there is no payload.naem"),
        ("{{ payload.name | date('%Y') }}", "date can't be had of 'Zoë"),
        ("{{ payload.start_time | date('%H', 'Mars/Olympus') }}", "date can't be had"),
        ("{{ payload.count | words }}", "words can't be had"),
        ("{{ payload.name | truncate }}", "truncate can't be had"),
        ("{{ payload.guests | pick('name') }}", "pick can't be had"),
        ("{{ payload.name | length | join }}", "join can't be had"),
    ],
)
def test_what_is_not_there_is_an_error_and_never_an_empty_text(template: str, reason: str) -> None:
    with pytest.raises(TemplateError, match=reason):
        parse(template).render(CONTEXT)


@pytest.mark.parametrize(
    "template",
    [
        "{{ payload.name", "payload.name }}", "{{ }}", "{{ payload.name | }}", "{{ payload.name | shout }}",
        "{{ payload.name lower }}", "{{ payload.name | truncate(1 }}", "{{ payload.name | truncate(1 2) }}",
        "{{ payload..name }}", "{{ payload.name() }}", "{{ payload['name'] }}", "{{ 1 + 1 }}", "{{ 'open }}",
        "{{ payload.count == 3 }}", "{{ __import__('os').system('true') }}", "{{ payload.name | replace('a',) }}",
    ],
)  # fmt: skip
def test_what_is_no_template_is_refused_before_there_is_an_event(template: str) -> None:
    with pytest.raises(TemplateError):
        parse(template)


HOST = {
    "HOST": "https://crm.example/api",
    "SLASH": "https://crm.example/api/",
    "ROOT": "https://crm.example",
    "ZONE": "crm.example",
    "PORT": ":81",
    "NOTHING": "",
}


def url(template: str, name: object) -> str:
    return parse(template).render_url({"payload": {"name": name}, "env": HOST})


@pytest.mark.parametrize(
    ("template", "name", "rendered"),
    [
        ("{{ env.HOST }}/{{ payload.name }}", "a/../b?c=<d>&e", "https://crm.example/api/a%2F..%2Fb%3Fc%3D%3Cd%3E%26e"),
        ("{{ env.HOST }}/{{ payload.name }}", "%2e%2e", "https://crm.example/api/%252e%252e"),
        ("{{ env.HOST }}/{{ payload.name }}", "...", "https://crm.example/api/..."),
        ("{{ env.HOST }}/v{{ payload.name }}", "", "https://crm.example/api/v"),
        ("{{ env.SLASH }}/{{ payload.name }}", "a", "https://crm.example/api//a"),
        ("{{ env.HOST }}/../{{ payload.name }}", "a", "https://crm.example/api/../a"),
        ("{{ env.HOST }}?q={{ payload.name }}&r=/", "..", "https://crm.example/api?q=..&r=/"),
        ("{{ env.HOST }}#{{ payload.name }}", "", "https://crm.example/api#"),
        ("https://{{ payload.name }}.crm.example/people", "eu-1", "https://eu-1.crm.example/people"),
        ("https://eu.{{ payload.name }}.crm.example:81?q", "1", "https://eu.1.crm.example:81?q"),
        ("https://{{ payload.name }}.{{ env.ZONE }}/people", "eu", "https://eu.crm.example/people"),
        ("https://{{ env.ZONE }}{{ env.PORT }}/{{ payload.name }}", "a", "https://crm.example:81/a"),
    ],
)
def test_what_is_put_into_a_url_stays_the_part_of_it_that_it_is(template: str, name: str, rendered: str) -> None:
    assert url(template, name) == rendered


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{{ env.HOST }}/people/{{ payload.name }}", ".."),
        ("{{ env.HOST }}/people/{{ payload.name }}", "."),
        ("{{ env.HOST }}/people/{{ payload.name }}", ""),
        ("{{ env.HOST }}/people/{{ payload.name }}", None),
        ("{{ env.HOST }}/people/{{ payload.name }}?all=1", ""),
        ("{{ env.HOST }}/people/{{ payload.name }}/meetings", ".."),
        ("{{ env.HOST }}/people/{{ payload.name }}/meetings", ""),
        ("{{ env.HOST }}/people/.{{ payload.name }}", "."),
        ("{{ env.HOST }}/people/{{ payload.name }}{{ payload.name }}", "."),
        ("{{ env.HOST }}/people/{{ env.NOTHING | default(payload.name) }}", ".."),
    ],
)
def test_nothing_that_is_put_into_a_path_climbs_out_or_leaves_it_shorter(template: str, name: str | None) -> None:
    with pytest.raises(TemplateError, match="can't be a part of the path"):
        url(template, name)


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("https://{{ payload.name }}.crm.example/people", "evil.example/"),
        ("https://crm{{ payload.name }}", ".evil.example"),
        ("https://crm.example{{ payload.name }}", ":81"),
        ("https://ada:{{ payload.name }}@crm.example", "@evil.example"),
        ("https://ada:{{ payload.name }}@crm.example", "secret"),
        ("https://{{ payload.name }}.ada@crm.example", "eve"),
        ("{{ env.ROOT }}{{ payload.name }}/x", "evil"),
        ("{{ env.ROOT }}{{ payload.name }}/x", "-evil.org"),
        ("{{ env.ROOT }}{{ payload.name }}/x", ""),
        ("{{ env.ROOT }}{{ payload.name }}?q=1", ""),
        ("{{ env.ROOT }}:{{ payload.name }}/x", "22"),
        ("https://{{ payload.name }}/x", "localhost"),
        ("https://crm.{{ payload.name }}/x", "evil"),
        ("https://crm.{{ payload.name }}./x", "evil"),
        ("https://crm.{{ payload.name }}:81/x", "evil"),
        ("https://{{ payload.name }}.{{ payload.name }}/x", "evil"),
        ("https://{{ payload.name }}.crm.example/x", ""),
        ("https://eu-{{ payload.name }}.crm.example/x", "1"),
        ("https://{{ payload.name }}-eu.crm.example/x", "1"),
        ("https://{{ payload.name }}{{ payload.name }}.crm.example/x", "1"),
        ("{{ payload.name }}://crm.example/x", "http"),
        ("{{ payload.name }}//crm.example/x", ""),
    ],
)
def test_nothing_that_is_put_in_names_another_host(template: str, name: str) -> None:
    with pytest.raises(TemplateError, match="can't be a part of the host"):
        url(template, name)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("<b> {{ payload.name }}", "<b> &lt;!channel&gt; &amp; co"),
        ("{{ env.LINK }} {{ env.LINK | replace('chat', 'x') | default('<y>') }} {{ '<z>' }}", "<chat> <x> <z>"),
        ("{{ env.NOPE | default(payload.name) }}", "&lt;!channel&gt; &amp; co"),
        ("{{ env.LINK | replace('chat', payload.name) }}", "&lt;&lt;!channel&gt; &amp; co&gt;"),
        ("{{ payload.none | default(env.LINK) }}", "&lt;chat&gt;"),
    ],
)
def test_what_strangers_wrote_is_escaped_whatever_way_it_comes(template: str, text: str) -> None:
    context = {"payload": {"name": "<!channel> & co", "none": None}, "env": {"LINK": "<chat>"}}

    assert parse(template).render(context, in_slack) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("@everyone", "@\u200beveryone"),
        ("@ada, @HERE", "@\u200bada, @\u200bHERE"),
        ("x@everyone x@all x@channel.", "x@\u200beveryone x@\u200ball x@\u200bchannel."),
        ("ada@example.org ada@allianz.example", "ada@example.org ada@allianz.example"),
    ],
)
def test_nobody_is_called_by_a_name_in_a_chat_that_goes_by_plain_text(name: str, text: str) -> None:
    assert in_slack(name) == text
