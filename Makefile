# The workflow. Needs Python 3.11 or newer with pip; everything else goes into .venv, from requirements.lock.
PYTHON = python3
VENV = .venv
HOST = 127.0.0.1
PORT = 8000
TESTS =

.PHONY: environment serve test test-adk test-model likeness check bench lock

serve: environment
	@$(VENV)/bin/careline serve --host $(HOST) --port $(PORT)

test: environment
	@$(VENV)/bin/python -m pytest -n 2 $(TESTS)

test-adk:
	@$(PYTHON) tools/environment.py .venv-adk requirements-adk.lock
	@.venv-adk/bin/python -m pytest tests/adk $(TESTS)

test-model:
	@$(PYTHON) tools/environment.py .venv-model requirements-model.lock
	@.venv-model/bin/python -m pytest tests/real_model $(TESTS)

likeness:
	@$(PYTHON) tools/environment.py .venv-learning requirements-learning.lock
	@.venv-learning/bin/python -m learning

check: environment
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/python tools/check_sizes.py

bench: environment
	@$(VENV)/bin/python -m bench $(if $(QUICK),--quick)

lock:
	@$(PYTHON) tools/lock.py

environment:
	@$(PYTHON) tools/environment.py $(VENV)
