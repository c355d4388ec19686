"""Says why the tests beside this one did not run."""

import pytest


def test_adk_is_installed() -> None:
    adk = pytest.importorskip("google.adk", reason="google-adk is not installed; make test-adk runs these tests")
    assert int(adk.__version__.split(".")[0]) == 2
