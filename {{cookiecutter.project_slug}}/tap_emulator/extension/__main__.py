"""Runs ministack with extensions for this project; `emulator.py` starts it.

ministack supports most resource types of CloudFormation, and checks roles in fewer places than AWS.
Each function called here adds one feature, through ministack's public API if possible. Names with
an underscore are private to ministack, so requirements/live.in pins its exact version.
"""

import os
import sys

import develop
import events
import front
import layers
import lifetime
import resources
import roles
from ministack import app
from ministack.services import apigateway

REPLACED = (
    (app, "_port_is_bindable"),
    (apigateway, "_PORT"),
    (app._HypercornConfig, "_insecure_bind"),
)


def main() -> None:
    """Extend ministack, then serve until the parent process ends."""
    lifetime.end_with_parent()
    plain_ports = [os.environ[name] for name in ("HTTP_PORT", "DEV_API_PORT") if name in os.environ]
    for extend in (
        layers.unpack_once,
        resources.add_resource_types,
        resources.add_resource_checks,
        resources.enforce_deletion_protection,
        resources.isolate_accounts,
        roles.add_function_arn_to_requests,
        roles.enforce_keys,
        roles.check_roles_of_event_sources,
        events.extend_timeouts,
        events.add_stream_retries,
        roles.check_roles_of_destinations,
        events.invoke_asynchronously,
        front.allow_empty_responses,
        front.route_unsigned_requests,
        front.invoke_from_apis,
        front.hide_failures,
        front.refuse_foreign_signatures,
        front.require_second_factor,
        roles.simulate_conditions,
        events.return_failed_messages_at_once,
        events.run_schedules_faster,
        develop.develop,
    ):
        extend()
    for module, name in REPLACED:
        getattr(module, name)  # a release that renames it fails here, with the name
    app._port_is_bindable = lambda *_: False  # it would also bind port 443
    apigateway._PORT = os.environ["HTTP_PORT"]  # the port for the keys of tokens, over HTTP
    app._HypercornConfig._insecure_bind = [f"127.0.0.1:{port}" for port in plain_ports]
    sys.argv = ["ministack"]
    app.main()


if __name__ == "__main__":
    main()
