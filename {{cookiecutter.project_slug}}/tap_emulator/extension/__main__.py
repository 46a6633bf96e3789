"""Runs ministack with what it lacks for this project; `emulator.py` starts it.

ministack accepts most of CloudFormation, but not all types, and AWS asks a role for its permissions
in more places than ministack does. Each function that is called here adds one such thing, through
ministack's own API where it has one. Names with an underscore are private to ministack, so its
version is pinned exactly in requirements/live.in.
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
        resources.refuse_to_delete_what_is_protected,
        resources.keep_accounts_apart,
        roles.tell_code_from_the_service,
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
        getattr(module, name)  # a release that has renamed it fails here, with the name
    app._port_is_bindable = lambda *_: False  # it would bind port 443 as well
    apigateway._PORT = os.environ["HTTP_PORT"]  # where it fetches the keys of tokens, over HTTP
    app._HypercornConfig._insecure_bind = [f"127.0.0.1:{os.environ['HTTP_PORT']}"]
    sys.argv = ["ministack"]
    app.main()


if __name__ == "__main__":
    main()
