"""Clients that are generated from openapi.json: `make clients`.

python.py and typescript.py run the generators; sigv4.py is copied into Python clients of APIs that
authorize with IAM.
"""
