from __future__ import annotations

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic import AuthStrategy
from schematic_engine.credentials import (
    Credentials,
    Pairs,
    credentials_for,
    find_credentials,
    headers_and_query,
)
from schematic_engine.errors import InvalidParameter, LocalProtocolError, MissingCredentials
from support.definitions import an_api

STRATEGIES = (
    AuthStrategy.api_key(header="xi-api-key"),
    AuthStrategy.api_key(header="Authorization", prefix="Token"),
    AuthStrategy.bearer_token(),
    AuthStrategy.basic(),
    AuthStrategy.api_key_query(name="token"),
)
API = an_api(env_auth=["KEY", "OLD_KEY"], env_username=["NAME"], auth=AuthStrategy.basic())


def outcome_of(
    strategy: AuthStrategy, secret: str, username: str
) -> tuple[Pairs, Pairs] | LocalProtocolError:
    try:
        return headers_and_query(strategy, Credentials(secret, username))
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
    headers, query = outcome
    assert len(headers) + len(query) == 1
    for _, value in headers:
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
    assert headers_and_query(strategy, Credentials("k", "a")) == (headers, query)


def test_a_password_is_utf8_and_may_be_empty() -> None:
    ((_, value),), _ = headers_and_query(AuthStrategy.basic(), Credentials("gr\xfc\xdfe", "a"))
    assert b64decode(value.removeprefix("Basic ")).decode() == "a:gr\xfc\xdfe"
    headers_and_query(AuthStrategy.basic(), Credentials("", "a"))


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
        headers_and_query(AuthStrategy.bearer_token(), Credentials(""))


@pytest.mark.parametrize("secret", ["sesame\n", "ses\rame", "ses\0ame", "ses\x85ame", "s\ud800"])
def test_a_secret_with_a_control_character_is_refused_without_echo(secret: str) -> None:
    for parts in ((secret, None), ("k", secret)):
        with pytest.raises(InvalidParameter) as caught:
            Credentials(*parts)
        assert "ame" not in str(caught.value).replace("username", "")


@pytest.mark.parametrize("secret", ["k\u2019", "k\xa0", " k"])
def test_a_secret_that_a_header_cannot_hold_is_refused_without_echo(secret: str) -> None:
    with pytest.raises(InvalidParameter, match=r"^secret: a header value"):
        headers_and_query(AuthStrategy.bearer_token(), Credentials(secret))


def test_a_user_name_with_a_colon_is_refused() -> None:
    with pytest.raises(InvalidParameter, match="colon"):
        headers_and_query(AuthStrategy.basic(), Credentials("k", "a:b"))
