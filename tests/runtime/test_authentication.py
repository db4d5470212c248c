"""Keys and tokens, by the sentence that refuses them; and that the time of a refusal does not tell a key."""

from __future__ import annotations

import base64
import gc
import hashlib
import hmac
import json
import math
import random
import statistics
import threading
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depth import rounds
from scoredock_runtime.contract import TOKEN_PREFIX, Authentication, make_token
from scoredock_runtime.http import authentication as module
from scoredock_runtime.http.authentication import NOT_BEFORE_TOLERANCE, Authenticator

FIRST = "primary-key-of-the-service-0123456789abcdef"
SECOND = "secondary-key-of-the-service-fedcba98765432"
SECRET = "5e" * 32
NOW = 1_800_000_000.0


def digests(*keys: str) -> list[str]:
    return [hashlib.sha256(key.encode()).hexdigest() for key in keys]


def keyed(*keys: str) -> Authenticator:
    return Authenticator(Authentication(digests(*(keys or (FIRST, SECOND)))))


def tokened(now: float = NOW) -> Authenticator:
    return Authenticator(Authentication([], SECRET), lambda: now)


def bearer(credential: str | bytes) -> bytes:
    return b"Bearer " + (credential if isinstance(credential, bytes) else credential.encode())


# ------------------------------------------------------------------------------------------------------- keys


def test_without_authentication_everybody_is_let_in() -> None:
    everybody = Authenticator(None)
    assert everybody.refusal(None) is None
    assert everybody.refusal(b"Bearer nonsense") is None


@pytest.mark.parametrize("key", [FIRST, SECOND])
def test_either_key_opens(key: str) -> None:
    assert keyed().refusal(bearer(key)) is None


def test_no_keys_and_no_secret_lets_nobody_in() -> None:
    nobody = Authenticator(Authentication())
    assert nobody.refusal(None)
    assert nobody.refusal(b"Bearer ")
    assert nobody.refusal(bearer(hashlib.sha256(b"").hexdigest()))
    assert nobody.refusal(bearer(make_token("00", "svc", 60, time.time())))


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"Bearer",
        b"Bearer ",
        b"Bearer  ",
        b"Bearer\t",
        bearer(FIRST[:-1]),
        bearer(FIRST + "x"),
        bearer(FIRST[1:]),
        bearer(FIRST.upper()),
        bearer(FIRST[0]),
        bearer(FIRST + "\0"),
        bearer(hashlib.sha256(FIRST.encode()).hexdigest()),
        FIRST.encode(),
        b"Basic " + base64.b64encode(FIRST.encode()),
        b"Bearer" + FIRST.encode(),
        b"Token " + FIRST.encode(),
        b"Basic " + FIRST.encode(),
        bearer("é" * 20),
        bearer(b"\xff\xfe\x00"),
        bearer(FIRST.encode() + b", Bearer " + FIRST.encode()),
        bearer(FIRST.encode() + b",Bearer " + b"x"),
        b"Basic eA==, " + bearer(FIRST),
        bearer("x" * 1_000_000),
        b"," * 100_000,
        b" " * 100_000,
    ],
    ids=lambda value: repr(value[:24]),
)
def test_what_is_no_key_is_refused_with_a_sentence(value: bytes) -> None:
    told = keyed().refusal(value)
    assert told is not None
    assert told.endswith(".")
    assert FIRST not in told


@pytest.mark.parametrize(
    "value",
    [b"bearer " + FIRST.encode(), b"BEARER " + FIRST.encode(), b"Bearer  " + FIRST.encode(), bearer(FIRST + " ")],
)
def test_the_scheme_is_the_same_in_any_case_and_blanks_mean_nothing(value: bytes) -> None:
    assert keyed().refusal(value) is None


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What the module hashes and compares in constant time from now on, each with its bytes."""
    seen: list[tuple[str, int]] = []
    hashed, compared, keyed_hash = module.sha256, hmac.compare_digest, hmac.digest

    def sha256(data: bytes) -> object:
        seen.append(("hash", len(data)))
        return hashed(data)

    def compare_digest(first: bytes, second: bytes) -> bool:
        seen.append(("compare", len(first)))
        return compared(first, second)

    def digest(key: bytes, told: bytes, name: str) -> bytes:
        seen.append(("sign", len(told)))
        return keyed_hash(key, told, name)

    monkeypatch.setattr(module, "sha256", sha256)
    monkeypatch.setattr(module.hmac, "compare_digest", compare_digest)
    monkeypatch.setattr(module.hmac, "digest", digest)
    return seen


def test_one_megabyte_costs_no_hash(steps: list[tuple[str, int]]) -> None:
    assert keyed().refusal(bearer("x" * 1_000_000)) == module.WRONG
    assert steps == []


def test_a_right_key_costs_one_hash_and_a_look_at_each_digest(steps: list[tuple[str, int]]) -> None:
    assert keyed().refusal(bearer(SECOND)) is None
    assert steps == [("hash", len(SECOND)), ("compare", 32), ("compare", 32)]


@pytest.mark.parametrize("key", [FIRST, SECOND, FIRST[:-1] + "~", "~" + FIRST[1:], SECOND[:-1] + "~~~"])
def test_every_key_costs_the_same_steps_however_much_of_it_is_right(key: str, steps: list[tuple[str, int]]) -> None:
    """Only digests of all of it are compared, in constant time, and all of them: none is left out after a hit."""
    told = keyed().refusal(bearer(key))
    assert (told is None) == (key in (FIRST, SECOND))
    assert steps == [("hash", len(key)), ("compare", 32), ("compare", 32)]


def test_a_remembered_token_is_not_signed_again(steps: list[tuple[str, int]]) -> None:
    doors, token = tokened(), make_token(SECRET, "diabetes", 3600, NOW)
    assert doors.refusal(bearer(token)) is None
    assert ("sign", len(token.rpartition(".")[0])) in steps
    steps.clear()
    assert doors.refusal(bearer(token)) is None
    assert steps == [("hash", len(token)), ("compare", 32)]


@pytest.mark.chance
def test_keys_are_exchanged_while_requests_are_decided() -> None:
    doors = keyed(FIRST)
    over = threading.Event()
    wrong: list[str] = []

    def ask() -> None:
        try:
            while not over.is_set():
                doors.refusal(bearer(FIRST))
                if doors.refusal(bearer("never")) is None:
                    wrong.append("never")
        except Exception as error:
            wrong.append(repr(error))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(2_000):
        doors.replace(Authentication(digests(SECOND if number % 2 else FIRST)))
    over.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    doors.replace(Authentication(digests(SECOND)))
    assert doors.refusal(bearer(FIRST)) is not None
    assert doors.refusal(bearer(SECOND)) is None


@pytest.mark.parametrize("digest", ["", "00", "xx" * 32, "0" * 63])
def test_a_damaged_digest_is_told_at_once(digest: str) -> None:
    with pytest.raises(ValueError, match=r"hex|32 bytes"):
        Authenticator(Authentication([digest]))


@settings(max_examples=rounds(gate=150, long=4_000))
@given(
    st.one_of(
        st.binary(max_size=200), st.text(max_size=80).map(lambda text: bearer(text.encode("utf-8", "surrogatepass")))
    )
)
def test_nothing_but_the_key_opens_and_nothing_raises(value: bytes) -> None:
    doors = keyed(FIRST)
    told = doors.refusal(value)
    words = value.split()
    right = len(words) == 2 and words[0].lower() == b"bearer" and words[1] == FIRST.encode()
    assert (told is None) == right


# ------------------------------------------------------------------------------------------------------- tokens


def test_a_token_opens_until_it_ends() -> None:
    token = make_token(SECRET, "diabetes", 3600, NOW)
    assert token.startswith(TOKEN_PREFIX)
    assert tokened(NOW).refusal(bearer(token)) is None
    assert tokened(NOW + 3599).refusal(bearer(token)) is None
    assert tokened(NOW + 3600).refusal(bearer(token)) == module.EXPIRED
    assert tokened(NOW + 1e9).refusal(bearer(token)) == module.EXPIRED


def test_a_remembered_token_ends_as_well() -> None:
    now = [NOW]
    doors = Authenticator(Authentication([], SECRET), lambda: now[0])
    token = bearer(make_token(SECRET, "diabetes", 60, NOW))
    assert doors.refusal(token) is None
    now[0] = NOW + 59
    assert doors.refusal(token) is None
    now[0] = NOW + 61
    assert doors.refusal(token) == module.EXPIRED
    doors.replace(Authentication([], "11" * 32))
    now[0] = NOW
    assert doors.refusal(token) == module.BAD_TOKEN


def test_a_signer_whose_clock_is_ahead_is_borne() -> None:
    token = bearer(make_token(SECRET, "diabetes", 3600, NOW + NOT_BEFORE_TOLERANCE))
    assert tokened(NOW).refusal(token) is None
    assert tokened(NOW - 2).refusal(token) == module.EARLY


def _unsigned(header: dict[str, str]) -> str:
    parts = [json.dumps(header).encode(), json.dumps({"exp": NOW * 2, "sub": "diabetes"}).encode()]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


@pytest.mark.parametrize(
    "token",
    [
        _unsigned({"alg": "none"}) + ".",
        _unsigned({"alg": "HS256"}) + "." + hmac.new(bytes.fromhex(SECRET), b"", hashlib.sha256).hexdigest(),
        f"{TOKEN_PREFIX}0.ffffffffff.diabetes.",
        f"{TOKEN_PREFIX}0.ffffffffff.diabetes",
        f"{TOKEN_PREFIX}0.ffffffffff.diabetes.none",
        TOKEN_PREFIX,
        f"{TOKEN_PREFIX}.",
        f"{TOKEN_PREFIX}...",
        f"{TOKEN_PREFIX}0.ffffffffff.diabetes." + "0" * 64,
    ],
)
def test_a_token_without_our_signature_is_refused(token: str) -> None:
    assert tokened().refusal(bearer(token)) is not None


def test_a_signature_by_another_secret_or_over_other_words_is_refused() -> None:
    token = make_token(SECRET, "diabetes", 60, NOW)
    assert tokened().refusal(bearer(make_token("11" * 32, "diabetes", 60, NOW))) == module.BAD_TOKEN
    told, _, signature = token.rpartition(".")
    later = told.replace(f"{int(NOW + 60):x}", f"{int(NOW * 2):x}")
    assert later != told
    assert tokened().refusal(bearer(f"{later}.{signature}")) == module.BAD_TOKEN
    assert tokened().refusal(bearer(f"{told}.{signature.upper()}")) == module.BAD_TOKEN


@settings(max_examples=rounds(gate=150, long=4_000))
@given(st.integers(min_value=0, max_value=200), st.integers(min_value=1, max_value=255))
def test_no_changed_byte_of_a_token_passes(place: int, change: int) -> None:
    token = bytearray(make_token(SECRET, "diabetes", 60, NOW).encode())
    token[place % len(token)] ^= change
    assert tokened().refusal(bearer(bytes(token))) is not None


@settings(max_examples=rounds(gate=100, long=10_000))
@given(st.text(max_size=60))
def test_signed_nonsense_is_no_token(told: str) -> None:
    text = (TOKEN_PREFIX + told).encode("utf-8", "surrogatepass")
    signature = hmac.new(bytes.fromhex(SECRET), text, hashlib.sha256).hexdigest().encode()
    said = tokened(NOW).refusal(bearer(text + b"." + signature))
    if said is None:
        begins, ends, _ = told.split(".")
        assert int(begins, 16) - NOT_BEFORE_TOLERANCE <= NOW < int(ends, 16)


def test_a_service_of_keys_takes_no_token_and_the_reverse() -> None:
    assert keyed().refusal(bearer(make_token(SECRET, "diabetes", 60, NOW))) == module.NO_TOKENS
    assert tokened().refusal(bearer(FIRST)) == module.WRONG


@pytest.mark.parametrize(("secret", "name"), [("", "svc"), ("xx", "svc"), (SECRET, ""), (SECRET, "a.b"), (SECRET, "é")])
def test_a_token_that_could_not_be_read_is_not_made(secret: str, name: str) -> None:
    with pytest.raises(ValueError, match=r"hex|a token needs"):
        make_token(secret, name, 60, NOW)


# ------------------------------------------------------------------------------------------------------- time


def _nanoseconds(act: Callable[[], object], count: int = 20_000) -> float:
    best = math.inf
    for _ in range(7):
        begun = time.perf_counter_ns()
        for _ in range(count):
            act()
        best = min(best, (time.perf_counter_ns() - begun) / count)
    return best


@pytest.mark.timed
def test_a_right_key_costs_no_more_than_a_few_hash_steps() -> None:
    doors, value = keyed(), bearer(SECOND)
    text = SECOND.encode()
    hashing = _nanoseconds(lambda: hashlib.sha256(text).digest())
    # Measured 0.5 µs here; the bound moves with the machine.
    assert _nanoseconds(lambda: doors.refusal(value)) < 6 * hashing + 500


def welch(first: list[float], second: list[float]) -> float:
    """The t statistic of two samples with unequal variances, of the faster nine tenths of each: the rest is the
    machine's."""
    cut = sorted(first)[: len(first) * 9 // 10], sorted(second)[: len(second) * 9 // 10]
    means = [statistics.fmean(each) for each in cut]
    errors = [statistics.variance(each) / len(each) for each in cut]
    return (means[0] - means[1]) / math.sqrt(sum(errors))


def timings(
    refusal: Callable[[bytes], object], near: bytes, far: bytes, samples: int
) -> tuple[list[float], list[float]]:
    """Nanoseconds for a key that begins as the right one and for one that does not, asked in random order."""
    order = [0, 1] * samples
    random.Random(7).shuffle(order)
    values, found = (near, far), ([], [])  # type: ignore[var-annotated]
    clock = time.perf_counter_ns
    gc.disable()
    try:
        for which in order:
            value = values[which]
            begun = clock()
            refusal(value)
            found[which].append(clock() - begun)
    finally:
        gc.enable()
    return found


def _t_of(refusal: Callable[[bytes], object], samples: int = 10_000) -> float:
    near = bearer(FIRST[:-1] + "~")
    far = bearer("~" + FIRST[1:])
    return abs(welch(*timings(refusal, near, far, samples)))


@pytest.mark.timed
def test_the_time_of_a_refusal_does_not_tell_how_much_of_a_key_is_right() -> None:
    """2 x 10,000 refusals, |t| < 4.5. A busy machine can push one run over it, a leak pushes all of them."""
    doors = keyed()
    seen = [_t_of(doors.refusal)]
    while seen[-1] >= 4.5 and len(seen) < 5:
        seen.append(_t_of(doors.refusal))
    assert seen[-1] < 4.5, seen


@pytest.mark.timed
def test_the_same_measure_finds_a_comparison_that_stops_at_the_first_difference() -> None:
    wanted = FIRST.encode()

    def leaky(value: bytes) -> bool:
        credential = value[7:]
        for index in range(len(wanted)):  # noqa: SIM110 (this is what a leak looks like)
            if credential[index] != wanted[index]:
                return False
        return True

    assert min(_t_of(leaky, 2_000) for _ in range(3)) > 4.5
