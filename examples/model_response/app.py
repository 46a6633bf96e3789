"""The CDK app of the model's answer."""

import aws_cdk as cdk

from stack import DocumentStack

app = cdk.App()
DocumentStack(app, "Documents", termination_protection=True)
app.synth()
