"""The worker: imports the object that each message names."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.functions import Platform, WorkerFunction
from infra.storage import DOCUMENTS, INCOMING, Storage
from infra.table import Table


class Worker(Construct):
    """Lambda takes messages from a queue; what fails five times waits in another.

    The queue hides a message for six times the function's timeout, so that it is not delivered
    again while it is being worked on; five tries outlast a time without concurrency
    (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html).
    """

{% include 'infra/worker/_function.py' %}
        storage.allow_read(self.function, INCOMING)
{% set waiting = 'Messages failed five times and wait here' %}
{% include 'infra/worker/_dead_letters.py' %}
{% include 'infra/worker/_queue.py' %}

{% include 'infra/worker/_queue_widgets.py' %}
