"""Fuzzing: schemathesis sends requests that openapi.json allows, and some that it forbids.

run.py starts it against a deployed API, and hooks.py, which it imports, authenticates its requests.
"""
