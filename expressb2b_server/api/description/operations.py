"""What a route takes: parameters, headers and body, from its declarations."""

from __future__ import annotations

from expressb2b_core.inputs.records import Record
from expressb2b_server.api.description import examples
from expressb2b_server.api.description.responses import has_tag, responses
from expressb2b_server.api.description.shapes import Schema
from expressb2b_server.api.routes import Route


def operation(route: Route) -> Schema:
    """One method of one path."""
    found: Schema = {
        "operationId": route.name,
        "tags": [route.tag],
        "summary": route.summary,
        "parameters": _parameters(route),
        "responses": responses(route),
        "security": [{"key": []}] if route.scope else [],
    }
    said = [route.description] if route.description else []
    if route.scope:
        said.append(f"Needs the scope `{route.scope}`; counts against the limit `{route.bucket}`.")
    found["description"] = "\n\n".join(said)
    if route.body is not None:
        found["requestBody"] = _request_body(route)
    return found


def _parameters(route: Route) -> list[Schema]:
    found: list[Schema] = []
    if route.identity is not None:
        found.append(_path_parameter(route))
    if route.query is not None:
        found.extend(_query_parameters(route.query))
    if route.scope:
        found.append({"$ref": "#/components/parameters/Version"})
    if route.scope and route.method == "POST":
        found.append({"$ref": "#/components/parameters/IdempotencyKey"})
    if route.has_precondition:
        found.append({"$ref": "#/components/parameters/IfMatch"})
    if has_tag(route):
        found.append({"$ref": "#/components/parameters/IfNoneMatch"})
    return found


def _path_parameter(route: Route) -> Schema:
    identity = route.identity
    assert identity is not None
    schema: Schema = {"type": "string", "minLength": 1, "examples": [identity.example]}
    if identity.pattern:
        schema["pattern"] = f"^{identity.pattern}$"
    return {
        "name": identity.name,
        "in": "path",
        "required": True,
        "description": f"Which {identity.noun}.",
        "schema": schema,
    }


def _query_parameters(declaration: type) -> list[Schema]:
    found: list[Schema] = []
    for rule in Record(declaration).fields.values():
        parameter: Schema = {
            "name": rule.name,
            "in": "query",
            "required": rule.required,
            "schema": rule.constraint.schema(),
        }
        if rule.description:
            parameter["description"] = rule.description
        found.append(parameter)
    return found


def _request_body(route: Route) -> Schema:
    assert route.body is not None
    media: Schema = {"schema": {"$ref": f"#/components/schemas/{route.body.__name__}"}}
    if route.body.__name__ in examples.REQUESTS:
        media["examples"] = {"example": {"value": examples.REQUESTS[route.body.__name__]}}
    return {"required": route.needs_body, "content": {"application/json": media}}
