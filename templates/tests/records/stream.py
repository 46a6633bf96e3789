"""Records of the table's stream."""

from typing import Any


def event(*images: dict[str, Any]) -> dict[str, Any]:
    """Return a batch of new items as Lambda receives it from the table's stream."""
    return {
        "Records": [
            {
                "eventID": str(number),
                "eventName": "INSERT",
                "eventVersion": "1.1",
                "eventSource": "aws:dynamodb",
                "awsRegion": "us-east-1",
                "dynamodb": {
                    "Keys": {"pk": {"S": str(number)}, "sk": {"S": "item"}},
                    "NewImage": image,
                    "SequenceNumber": str(number),
                    "SizeBytes": 1,
                    "StreamViewType": "NEW_IMAGE",
                },
            }
            for number, image in enumerate(images)
        ]
    }


def record(key: str) -> dict[str, Any]:
    """Return a new item that names an object."""
    return {"pk": {"S": "a"}, "sk": {"S": "item"}, "source": {"S": key}}


UNREADABLE: dict[str, Any] = {"pk": {"S": "a"}}
REASON = "the record is not of an item with a source"
POISON = [UNREADABLE, record("documents/a.json")]
