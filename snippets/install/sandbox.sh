python -m pip install ".[sandbox]"
