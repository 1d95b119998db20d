"""No secret of an address comes through, however a server spells it back."""

import base64
from urllib.parse import quote

import pytest

from qenus.redaction import REDACTED, Redactor, has_secret

KEY = "aB3dE6gH9jK2mN5pQ8"
PASSWORD = "s3cr3t/p@ss"

ADDRESSES = [
    f"wss://eth.example/v3/{KEY}",
    f"https://eth.example/{KEY}/",
    f"https://eth.example:8545/rpc?apikey={KEY}&chain=mainnet",
    f"https://{KEY}@eth.example/",
    f"wss://user:{KEY}@eth.example/ethereum",
    # Malformed ones, as they stand in error messages.
    f"wss://host:8546 /v3/{KEY}",
    f"wss://user:{KEY}@host:99999/",
    f"wsss://host/{KEY}",
    f"wss://[host/{KEY}",
    f"http://a b/{KEY}",
    f"foo:{KEY}",
    f"wss://h:port/{KEY}",
    f"host/{KEY}",
]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    "spell",
    [
        str,
        str.lower,
        str.upper,
        lambda key: base64.b64encode(key.encode()).decode(),
        lambda key: f"Cannot POST /v3/{key} HTTP/1.1",
        lambda key: f"\\/v3\\/{key}\\u0000",
    ],
)
def test_a_key_is_redacted_wherever_it_stands(address, spell):
    redacted = Redactor.of([address]).redact(f"before {spell(KEY)} after")
    assert spell(KEY) not in redacted
    assert KEY.lower() not in redacted.lower()
    assert REDACTED in redacted
    assert redacted.startswith("before ")
    assert redacted.endswith(" after")


@pytest.mark.parametrize("address", [*ADDRESSES, f"ws://host_{KEY}@@/", f"ws://u:{KEY}/x@h/"])
def test_an_address_itself_is_shown_without_its_key(address):
    assert KEY not in Redactor.of([address]).redact(f"expected ws://host, found {address!r}")


def test_credentials_are_redacted_in_each_of_their_forms():
    redactor = Redactor.of([f"https://user:{quote(PASSWORD, safe='')}@h/"])
    for said in (
        PASSWORD,
        quote(PASSWORD, safe=""),
        quote(PASSWORD),
        quote(PASSWORD, safe="").lower(),
        "Basic " + base64.b64encode(f"user:{PASSWORD}".encode()).decode(),
    ):
        redacted = redactor.redact(f"<{said}>")
        assert said not in redacted
        assert "s3cr3t" not in redacted


def test_a_password_with_a_slash_that_was_not_encoded_is_redacted():
    redacted = Redactor.of([f"https://user:{PASSWORD}@h/"]).redact(f"[{PASSWORD}]")
    assert redacted == f"[{REDACTED}]"


def test_a_text_that_was_cut_off_in_the_middle_of_a_key_does_not_show_it():
    redactor = Redactor.of([f"wss://eth.example/v3/{KEY}"])
    for end in range(6, len(KEY)):
        assert redactor.redact(f"Cannot POST /v3/{KEY[:end]}") == f"Cannot POST {REDACTED}"
    assert redactor.redact(f"{KEY[:-1]}x") == f"{REDACTED}x"


def test_every_occurrence_and_every_secret_is_redacted():
    redactor = Redactor.of([f"ws://h/{KEY}", "ws://h/0123456789abcdef"])
    assert redactor.redact(f"{KEY}{KEY} 0123456789abcdef") == " ".join([REDACTED * 2, REDACTED])


def test_ordinary_words_are_redacted_only_in_a_path():
    redactor = Redactor.of([f"https://eth.example/v3/mainnet/{KEY}?network=optimism"])
    assert redactor.redact("mainnet and optimism are v3 chains") == (
        "mainnet and optimism are v3 chains"
    )
    assert redactor.redact("GET /foo/mainnet") == f"GET /foo{REDACTED}"


@pytest.mark.parametrize(
    "address",
    [
        "ws://127.0.0.1:8546", "http://localhost:8545/", "https://mainnet.example.org/v1",
        "unix:///run/geth-aB3dE6gH9jK2mN5pQ8.ipc", "localhost:8545", "wss://[::1]:8546/ws",
    ],
)  # fmt: skip
def test_an_address_without_secrets_has_nothing_to_redact(address):
    assert not has_secret(address)
    assert Redactor.of([address]).redact(address) == address


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_with_a_key_is_known_to_have_one(address):
    assert has_secret(address)


def test_a_key_in_front_of_the_hosts_name_is_a_secret():
    address = "https://0123456789abcdef0123456789abcdef.eth.example/"
    assert Redactor.of([address]).redact(f"no route to {address}") == (
        f"no route to https://{REDACTED}.eth.example/"
    )


def test_a_redactor_does_not_show_what_it_knows():
    assert KEY not in repr(Redactor.of([f"ws://h/{KEY}"], [KEY]))
