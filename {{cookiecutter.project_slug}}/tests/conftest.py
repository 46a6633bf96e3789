"""Fixtures of the tests: the synthesized stacks, and the handlers with their resources in moto."""

from tap_emulator.testing import aws as aws
from tap_emulator.testing import cloud_assembly as cloud_assembly
from tap_emulator.testing import context as context
from tap_emulator.testing import load as load
from tap_emulator.testing import longest_call as longest_call
from tap_emulator.testing import pytest_collection_modifyitems as pytest_collection_modifyitems
from tap_emulator.testing import sdk as sdk
from tap_emulator.testing import stack as stack
