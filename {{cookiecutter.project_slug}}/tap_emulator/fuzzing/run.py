"""Runs schemathesis, which derives requests from openapi.json, against a deployed API."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tap_emulator.callers import Caller, User
from tap_emulator.fuzzing import hooks
from tap_emulator.target import Target
from tap_project.assembly import ROOT
from tap_project.clients.python import PACKAGES
from tap_project.openapi.document import FILE

SETTINGS = Path(__file__).with_name("schemathesis.toml")
