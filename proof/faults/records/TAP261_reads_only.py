"""Record reads only."""

import aws_cdk as cdk
from aws_cdk import aws_cloudtrail as cloudtrail

from proof.faults.tree import find


def fault(stack: cdk.Stack) -> cloudtrail.CfnTrail | None:
    if not stack.termination_protection:
        return None
    construct = find(stack, cloudtrail.CfnTrail)
    selector = "AdvancedEventSelectors.0.FieldSelectors.1"
    construct.add_property_override(selector, {"Field": "readOnly", "Equals": ["true"]})
    return construct
