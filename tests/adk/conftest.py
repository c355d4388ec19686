"""These tests need google-adk, which the ordinary environment has not: without it only the reason is reported."""

import importlib.util


def _installed() -> bool:
    try:
        return importlib.util.find_spec("google.adk") is not None
    except ModuleNotFoundError:
        return False


collect_ignore_glob = [] if _installed() else ["test_adk_*.py"]
