"""What is no resource: problems, the frame of lists, and what the interface says of itself."""

from __future__ import annotations

from expressb2b_server.api.description.shapes import (
    COUNT,
    NULL_TEXT,
    TEXT,
    VERSION,
    WHOLE,
    Schema,
    choice,
    fields,
    listed,
    or_null,
    ref,
)

FIELD_ERROR: Schema = {
    "type": "object",
    "description": "What is wrong with one field; figures such as `available` may follow.",
    "properties": {
        "pointer": {
            "type": "string",
            "description": "A JSON Pointer (RFC 6901) into the body, or `?name` for a parameter.",
            "examples": ["/items/0/qty"],
        },
        "code": {"type": "string", "examples": ["out_of_range"]},
        "detail": TEXT,
        "expected": TEXT,
        "actual": TEXT,
        "available": WHOLE,
        "nearest": listed(or_null(WHOLE)),
    },
    "required": ["pointer", "code", "detail"],
}


PROBLEM: Schema = {
    "type": "object",
    "description": "A problem document (RFC 9457). Further members are the evidence.",
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": TEXT,
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {"type": "string", "description": "Stable; for programs."},
        "detail": {"type": "string", "description": "For people."},
        "request_id": TEXT,
        "errors": listed(ref("field_error")),
    },
    "required": ["type", "title", "status", "code", "detail", "request_id"],
}

PAGE_META = fields(
    "Where the page stands in the list.",
    {
        "total": COUNT | {"description": "All rows of the list."},
        "per_page": {"type": "integer", "minimum": 1, "maximum": 100},
        "next_cursor": NULL_TEXT | {"description": "Null on the last page."},
        "page": {"type": "integer", "minimum": 1, "description": "When asked for by number."},
    },
    optional="page",
)
FEED_META = fields(
    "Where to go on.", {"next_after": COUNT | {"description": "The next request's `after`."}}
)
VERSIONS = fields(
    "The versions of the interface.",
    {
        "data": listed(
            fields(
                "A version.",
                {
                    "version": VERSION,
                    "state": choice("supported", "deprecated"),
                    "released_on": {"type": "string", "format": "date"},
                    "deprecated_on": {"type": ["string", "null"], "format": "date"},
                    "sunset_on": {"type": ["string", "null"], "format": "date"},
                },
            )
        ),
        "meta": fields("Which one is new.", {"newest": VERSION}),
    },
)
ABOUT = fields(
    "What this is, and where to go.",
    {
        "name": TEXT,
        "release": TEXT,
        "newest_version": VERSION,
        "versions": listed(VERSION),
        "links": {"type": "object", "additionalProperties": TEXT},
    },
)
HEALTH = fields("Whether it is well.", {"status": choice("ok")})
OPENAPI: Schema = {"type": "object", "description": "This document."}
