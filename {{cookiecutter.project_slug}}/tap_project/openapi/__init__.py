"""openapi.json, the API's contract: written from the types of the handlers by `make openapi`.

document.py reads it, and draft4.py converts its schemas for API Gateway, with the standard library
only: a synth imports no handler. handlers.py imports the handlers, in a separate process.
redocly.py runs the tool that renders the document as a page and compares two of them.
"""

from tap_project.openapi.document import Document, Operation

__all__ = ["Document", "Operation"]
