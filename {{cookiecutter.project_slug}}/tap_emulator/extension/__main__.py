"""Runs ministack with extensions for this project; `emulator.py` starts it.

ministack supports most resource types of CloudFormation, and checks roles in fewer places than AWS.
Each function called here adds one feature, through ministack's public API if possible. Names with
an underscore are private to ministack, so requirements/live.in pins its exact version.
"""

import os
import sys

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
    for extend in (
        layers.unpack_once,
        resources.add_resource_types,
        resources.hold_resources_to_more,
        resources.keep_protected_resources,
        resources.keep_accounts_apart,
        roles.add_function_arn_to_requests,
        roles.enforce_keys,
        roles.ask_roles_of_event_sources,
        events.allow_for_a_busy_machine,
        events.follow_streams_as_lambda_does,
        roles.ask_roles_of_destinations,
        events.invoke_asynchronously,
        front.answer_without_a_body,
        front.find_the_api_of_strangers,
        front.call_from_an_api_as_aws_does,
        front.insist_on_the_second_factor,
        roles.simulate_conditions,
        events.show_failed_messages_sooner,
        events.run_schedules_faster,
    ):
        extend()
    for module, name in REPLACED:
        getattr(module, name)  # a release that renames it fails here, with the name
    app._port_is_bindable = lambda *_: False  # it would also bind port 443
    apigateway._PORT = os.environ["HTTP_PORT"]  # the port for the keys of tokens, over HTTP
    app._HypercornConfig._insecure_bind = [f"127.0.0.1:{os.environ['HTTP_PORT']}"]
    sys.argv = ["ministack"]
    app.main()


if __name__ == "__main__":
    main()
