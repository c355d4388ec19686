"""Which addresses are public, and which hosts only pretend to be names."""

import pytest

from careline.attachments.addresses import is_public, literal


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "172.15.255.255", "172.32.0.1", "192.169.0.1"])
def test_public_ipv4(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", ["2606:4700::1111", "2a00:1450:4001:80b::200e", "2001:4860:4860::8888"])
def test_public_ipv6(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "10.0.0.1", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.255.255.254", "169.254.169.254"),
        *("172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1"),
        *("198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1"),
        *("255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:8.8.8.8"),
        *("64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::a00:1", "100::1", "2001::1", "2001:0:7f00:1::"),
        *("2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1", "5f00::1"),
        *("fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "2606:4700::1111%eth0", "fec0::1", "ff02::1"),
        *("localhost", "", "1.2.3", "8.8.8.8/32"),
    ],
)
def test_not_public(address: str) -> None:
    assert not is_public(address)


def test_a_number_is_an_address_and_a_name_is_none() -> None:
    assert literal("127.0.0.1") == "127.0.0.1"
    assert literal("0:0::1") == "::1"
    assert literal("files.example") is None
    assert literal("1.2.3.example") is None


@pytest.mark.parametrize(
    "host", ["127.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "127.0.0.1.", "127.0.0.0x1", "1.2.3.4.5"]
)
def test_what_resembles_an_address_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        literal(host)
