"""Import a module that nothing uses."""

from aws_cdk import aws_kms as kms  # refused by ruff: F401
