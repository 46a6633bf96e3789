"""Names."""

# Repeats of a request are recognized for this long (service/idempotency.py).
REPEAT_HOURS = 24
# The attribute with the time when a record expires, in seconds of the epoch.
EXPIRES = "expires"
# The maximum length of an Idempotency-Key.
MAX_KEY = 255

PARTITION_KEY = "pk"
