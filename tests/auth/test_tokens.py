"""Tokens name one user until they end; session ids are the server's own and their owner's."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from careline.auth.tokens import Signer, Unauthorized
from careline.domain.errors import Invalid

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SIGNER = Signer(b"0123456789abcdef0123456789abcdef")
HOUR = timedelta(hours=1)


def test_a_token_is_good_for_its_user_until_it_ends() -> None:
    token = SIGNER.token("ann", NOW, HOUR)
    granted = SIGNER.check(token, NOW + HOUR - timedelta(seconds=1))
    assert (granted.user_id, granted.until) == ("ann", NOW + HOUR)
    with pytest.raises(Unauthorized):
        SIGNER.check(token, NOW + HOUR)


def encoded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


GOOD = SIGNER.token("ann", NOW, HOUR)
HEADER, CLAIMS, SIGNATURE = GOOD.split(".")
BEN = encoded('{"sub":"ben","iat":1,"exp":9999999999,"aud":"careline"}')
FORGED = {
    "empty": "",
    "dots": "..",
    "no signature": f"{HEADER}.{CLAIMS}.",
    "other user": f"{HEADER}.{BEN}.{SIGNATURE}",
    "no algorithm": encoded('{"alg":"none","typ":"JWT"}') + f".{BEN}.",
    "other secret": Signer(b"another secret of thirty-two byte").token("ann", NOW, HOUR),
    "not ASCII": "ä.ö.ü",
    "long": GOOD + "A" * 5000,
}


@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED)
def test_anything_else_is_refused(token: str) -> None:
    with pytest.raises(Unauthorized):
        SIGNER.check(token, NOW)


@pytest.mark.parametrize("user_id", ["", "a b", "a/b", "x" * 129, "ü"])
def test_a_user_id_is_of_plain_characters(user_id: str) -> None:
    with pytest.raises(Invalid):
        SIGNER.token(user_id, NOW, HOUR)


def test_a_session_id_is_its_owners() -> None:
    mine, yours = SIGNER.new_session("ann"), SIGNER.new_session("ben")
    assert str(UUID(mine)) == mine
    assert SIGNER.owns_session("ann", mine)
    for owner, session_id in (("ben", mine), ("ann", yours), ("", mine), ("ann", SIGNER.new_session(""))):
        assert not SIGNER.owns_session(owner, session_id)


@pytest.mark.parametrize("made_up", ["", "x", "550e8400-e29b-41d4-a716-446655440000", "0" * 36, "a" * 100_000])
def test_a_session_id_that_somebody_made_up_is_nobodys(made_up: str) -> None:
    assert not SIGNER.owns_session("", made_up)


def test_session_ids_do_not_repeat() -> None:
    assert len({SIGNER.new_session("") for _ in range(1000)}) == 1000
