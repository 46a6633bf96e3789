"""Models of AWS in simulated time or on loopback, so that tests need no account and no waiting.

They are part of the proof, not helpers of a test: each states how AWS behaves, and a test on a
model is only as good as the model.

| module | modelled |
|---|---|
| `cloudwatch.py` | how an alarm is evaluated over metrics |
| `load.py` | how events are delivered, retried and throttled under load |
| `cloudformation.py` | which stack operations are rejected, over HTTP |
| `resolved.py` | how a template's parameters and intrinsic functions are resolved |
"""
