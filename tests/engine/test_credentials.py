from __future__ import annotations

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic import AuthKind, AuthStrategy
from schematic_engine.credentials import (
    Carried,
    Credentials,
    credentials_for,
    find_credentials,
    with_field,
)
from schematic_engine.errors import InvalidParameter, LocalProtocolError, MissingCredentials
from support.definitions import an_api, an_endpoint

STRATEGIES = (
    AuthStrategy.api_key(header="xi-api-key"),
    AuthStrategy.api_key(header="Authorization", prefix="Token"),
    AuthStrategy.bearer_token(),
    AuthStrategy.basic(),
    AuthStrategy.api_key_query(name="token"),
)
API = an_api(env_auth=["KEY", "OLD_KEY"], env_username=["NAME"], auth=AuthStrategy.basic())


def carried(strategy: AuthStrategy, credentials: Credentials | None) -> Carried:
    return credentials_for(an_api(an_endpoint(), auth=strategy), credentials)


def outcome_of(strategy: AuthStrategy, secret: str, username: str) -> Carried | LocalProtocolError:
    try:
        return carried(strategy, Credentials(secret, username))
    except LocalProtocolError as error:
        return error


@given(st.sampled_from(STRATEGIES), st.text(), st.text())
def test_no_header_holds_a_control_character_and_no_error_a_secret(
    strategy: AuthStrategy, secret: str, username: str
) -> None:
    secret = f"sesame{secret}"
    outcome = outcome_of(strategy, secret, username)
    if isinstance(outcome, LocalProtocolError):
        assert "sesame" not in str(outcome)
        return
    assert len(outcome.headers) + len(outcome.query) == 1
    for _, value in outcome.headers:
        assert value.isascii()
        assert value.replace("\t", " ").isprintable()


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_the_repr_never_shows_the_secret(secret: str) -> None:
    shown = Credentials(f"sesame{secret}", "anna")
    assert repr(shown) == str(shown) == "Credentials(secret=..., username='anna')"
    assert repr(Credentials(secret)) == "Credentials(secret=...)"


@pytest.mark.parametrize(
    ("strategy", "headers", "query"),
    [
        (AuthStrategy.none(), (), ()),
        (STRATEGIES[0], (("xi-api-key", "k"),), ()),
        (STRATEGIES[1], (("Authorization", "Token k"),), ()),
        (STRATEGIES[2], (("Authorization", "Bearer k"),), ()),
        (STRATEGIES[3], (("Authorization", "Basic YTpr"),), ()),
        (STRATEGIES[4], (), (("token", "k"),)),
    ],
)
def test_each_strategy_carries_the_secret_its_own_way(
    strategy: AuthStrategy,
    headers: tuple[tuple[str, str], ...],
    query: tuple[tuple[str, str], ...],
) -> None:
    assert carried(strategy, Credentials("k", "a")) == Carried(headers, query)


def test_a_password_is_utf8_and_may_be_empty() -> None:
    ((_, value),) = carried(AuthStrategy.basic(), Credentials("gr\xfc\xdfe", "a")).headers
    assert b64decode(value.removeprefix("Basic ")).decode() == "a:gr\xfc\xdfe"
    carried(AuthStrategy.basic(), Credentials("", "a"))


def test_arguments_come_before_variables_and_the_first_set_variable_wins() -> None:
    environ = {"KEY": "", "OLD_KEY": "old", "NAME": "anna"}
    assert find_credentials(API, environ=environ) == Credentials("old", "anna")
    assert find_credentials(API, environ=environ | {"KEY": "new"}) == Credentials("new", "anna")
    assert find_credentials(API, "mine", "me", environ) == Credentials("mine", "me")
    assert find_credentials(API) is None


@pytest.mark.parametrize(
    ("credentials", "message"),
    [
        (None, "no secret for this API: pass one, or set KEY or OLD_KEY"),
        (Credentials("k"), "no username for this API: pass one, or set NAME"),
    ],
)
def test_missing_credentials_name_the_variables_tried(
    credentials: Credentials | None, message: str
) -> None:
    with pytest.raises(MissingCredentials) as caught:
        credentials_for(API, credentials)
    assert str(caught.value) == message


def test_an_empty_key_is_a_missing_key() -> None:
    with pytest.raises(MissingCredentials, match=r"^no secret for this API: pass one$"):
        carried(AuthStrategy.bearer_token(), Credentials(""))


@pytest.mark.parametrize("secret", ["sesame\n", "ses\rame", "ses\0ame", "ses\x85ame", "s\ud800"])
def test_a_secret_with_a_control_character_is_refused_without_echo(secret: str) -> None:
    for parts in ((secret, None), ("k", secret)):
        with pytest.raises(InvalidParameter) as caught:
            Credentials(*parts)
        assert "ame" not in str(caught.value).replace("username", "")


@pytest.mark.parametrize("secret", ["k\u2019", "k\xa0", " k"])
def test_a_secret_that_a_header_cannot_hold_is_refused_without_echo(secret: str) -> None:
    with pytest.raises(InvalidParameter, match=r"^secret: a header value"):
        carried(AuthStrategy.bearer_token(), Credentials(secret))


def test_a_user_name_with_a_colon_is_refused() -> None:
    with pytest.raises(InvalidParameter, match="colon"):
        carried(AuthStrategy.basic(), Credentials("k", "a:b"))


# Subprotocols, messages, and several ways


def test_a_subprotocol_carries_the_secret_after_what_the_server_can_choose() -> None:
    way = AuthStrategy.subprotocol("realtime", prefix="key.")
    assert carried(way, Credentials("s3")).subprotocols == ("realtime", "key.s3")
    assert carried(AuthStrategy.subprotocol("token"), Credentials("k")).subprotocols == (
        "token",
        "k",
    )


@given(st.text(), st.text())
def test_what_is_no_subprotocol_is_refused_without_echo(secret: str, username: str) -> None:
    outcome = outcome_of(AuthStrategy.subprotocol("token"), f"sesame{secret}", username)
    if isinstance(outcome, LocalProtocolError):
        assert "sesame" not in str(outcome)
        return
    (_, offered) = outcome.subprotocols
    assert offered.isascii()
    assert offered.isprintable()
    assert not set(offered) & set(' ,;"()/<=>?@[\\]{}:')


def test_a_message_carries_the_secret_in_its_field() -> None:
    way = AuthStrategy.in_message("Say", field="auth.key")
    found = credentials_for(an_api(an_endpoint(), auth=way), Credentials("s3"), {"Say"})
    assert found == Carried(fields={"Say": ("auth", "key")}, secret="s3")
    assert "s3" not in repr(found)


TWO = AuthStrategy.any_of(
    AuthStrategy.basic(),
    AuthStrategy.api_key(header="X-Key"),
    AuthStrategy.api_key_query(name="token"),
    AuthStrategy.api_key_query(name="access"),
    AuthStrategy.in_message("Say", field="key"),
)


@pytest.mark.parametrize(
    ("credentials", "expected"),
    [
        (Credentials("k"), Carried(headers=(("X-Key", "k"),))),
        (Credentials("k", "a"), Carried(headers=(("Authorization", "Basic YTpr"),))),
        (Credentials("k", via="token"), Carried(query=(("token", "k"),))),
        (Credentials("k", via="access"), Carried(query=(("access", "k"),))),
        (Credentials("k", via="x-key"), Carried(headers=(("X-Key", "k"),))),
        (Credentials("k", via="key"), Carried(fields={"Say": ("key",)}, secret="k")),
        (Credentials("k", via=AuthKind.API_KEY_QUERY), Carried(query=(("token", "k"),))),
        (Credentials("k", via=AuthKind.MESSAGE), Carried(fields={"Say": ("key",)}, secret="k")),
    ],
)
def test_credentials_go_the_way_that_they_are_for_and_the_first_that_fits_otherwise(
    credentials: Credentials, expected: Carried
) -> None:
    assert credentials_for(an_api(an_endpoint(), auth=TWO), credentials, {"Say"}) == expected


def test_a_way_that_is_not_there_is_refused_with_those_that_are() -> None:
    api = an_api(an_endpoint(), auth=TWO)
    with pytest.raises(InvalidParameter) as caught:
        credentials_for(api, Credentials("s3", via=AuthKind.MESSAGE), {"Other"})
    assert str(caught.value) == (
        "via: no such way; there is basic, api-key, api-key-query, api-key-query"
    )


def test_without_credentials_an_api_that_can_do_without_gets_none() -> None:
    optional = AuthStrategy.any_of(AuthStrategy.none(), AuthStrategy.bearer_token())
    assert carried(optional, None) == Carried()
    assert carried(optional, Credentials("k")).headers == (("Authorization", "Bearer k"),)
    with pytest.raises(MissingCredentials):
        carried(TWO, None)


@pytest.mark.parametrize(
    ("payload", "filled"),
    [
        (b"{}", b'{"auth":{"key":"s"}}'),
        (b'{"a": [1, 2.50]}', b'{"a":[1, 2.50],"auth":{"key":"s"}}'),
        (b'{"auth":null}', b'{"auth":{"key":"s"}}'),
        (b'{"auth":{"user":"u"}}', b'{"auth":{"user":"u","key":"s"}}'),
        (b'{"auth":{"key":"mine"}}', b'{"auth":{"key":"mine"}}'),
        (b'{"auth":{"key":null}}', b'{"auth":{"key":null}}'),
        (b'{"auth":"mine"}', b'{"auth":"mine"}'),
        (b"[]", b"[]"),
    ],
)
def test_a_field_is_filled_in_where_it_is_absent(payload: bytes, filled: bytes) -> None:
    assert with_field(payload, ("auth", "key"), "s") == filled
