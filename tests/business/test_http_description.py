"""The description, the port and the code say the same: whoever implements the one serves the others."""

from __future__ import annotations

import inspect
from dataclasses import MISSING, Field, fields
from enum import StrEnum
from importlib import resources
from typing import Any, get_args

import jsonschema_rs
import pytest
import yaml

from business.http import wire
from business.http.operations import HEALTH, OPERATIONS, HttpOperation
from business.http.problems import STATUS, Problem, ProblemKind
from business.port import QUESTIONS, Business, Change
from business.testing.objects import ENUMS, OBJECTS

TEXT = resources.files("business.http").joinpath("openapi.yaml").read_text("utf-8")
DESCRIPTION: dict[str, Any] = yaml.safe_load(TEXT)
SCHEMAS: dict[str, Any] = DESCRIPTION["components"]["schemas"]


def described(operation: HttpOperation) -> dict[str, Any]:
    found: dict[str, Any] = DESCRIPTION["paths"][operation.path][operation.method.lower()]
    return found


def whole(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema that can be used by itself."""
    return {**schema, "components": DESCRIPTION["components"]}


def test_it_is_what_openapi_calls_a_description() -> None:
    """And every reference leads somewhere."""
    assert DESCRIPTION["openapi"].startswith("3.1")
    for schema in SCHEMAS.values():
        jsonschema_rs.validator_for(whole(schema))


def test_every_question_has_its_operation_and_so_have_changes() -> None:
    methods = {n for n, f in inspect.getmembers(Business, inspect.isfunction) if not n.startswith("_")}
    assert methods - {"start", "stop", "healthy", "ask"} == set(OPERATIONS) == {*QUESTIONS, "perform"}
    told = {(path, how) for path, item in DESCRIPTION["paths"].items() for how in item if how != "parameters"}
    ours = {(one.path, one.method.lower()) for one in OPERATIONS.values()} | {(HEALTH, "get")}
    assert told == ours


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation.name)
def test_an_operation_takes_what_its_method_takes(operation: HttpOperation) -> None:
    told = described(operation)
    assert told["operationId"] == operation.name
    parameters = [*DESCRIPTION["paths"][operation.path].get("parameters", []), *told.get("parameters", [])]
    names = {(one["name"], one["in"]) for one in map(_followed, parameters)}
    expected = {(name, "path") for name in operation.in_path}
    if operation.method == "GET":
        expected |= {(name, "query") for name in operation.beside}
    else:
        body = _followed(told["requestBody"]["content"]["application/json"]["schema"])
        assert set(body["properties"]) == set(body["required"]) == set(operation.beside)
    if operation.header:
        expected |= {("Idempotency-Key", "header")}
    assert names == expected


def _followed(one: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in one:
        return one
    *_, section, name = one["$ref"].split("/")
    found: dict[str, Any] = DESCRIPTION["components"][section][name]
    return found


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation.name)
def test_an_operation_gives_what_its_method_gives(operation: HttpOperation) -> None:
    answer = described(operation)["responses"]["200"]["content"]["application/json"]["schema"]
    if operation.is_list:
        (kind, _) = get_args(operation.answer)
        name = "Number" if kind is str else kind.__name__
        assert answer["properties"]["items"]["items"]["$ref"].endswith(f"/{name}")
    elif operation.is_text:
        assert set(_followed(answer)["properties"]) == {operation.name}
    else:
        kinds = get_args(operation.answer) or (operation.answer,)
        refs = [one["$ref"] for one in answer.get("oneOf", [answer])]
        assert {ref.rpartition("/")[2] for ref in refs} == {kind.__name__ for kind in kinds}


@pytest.mark.parametrize("kind", OBJECTS, ids=lambda kind: kind.__name__)
def test_a_schema_has_the_fields_of_its_dataclass(kind: type) -> None:
    schema = SCHEMAS[kind.__name__]
    tag = wire.TAGS.get(kind)
    extra = {tag[0]} if tag else set()
    assert set(schema["properties"]) == {one.name for one in fields(kind)} | extra
    assert set(schema["required"]) == {one.name for one in fields(kind) if _needed(one)} | extra
    if tag:
        assert schema["properties"][tag[0]] == {"const": tag[1]}


def _needed(one: Field[Any]) -> bool:
    return one.default is MISSING and one.default_factory is MISSING


@pytest.mark.parametrize("kind", ENUMS, ids=lambda kind: kind.__name__)
def test_an_enumeration_is_closed_and_complete(kind: type[StrEnum]) -> None:
    assert SCHEMAS[kind.__name__]["enum"] == [one.value for one in kind]


def test_every_change_is_told_apart_by_its_tag() -> None:
    mapping = SCHEMAS["Change"]["discriminator"]["mapping"]
    assert mapping == {
        wire.TAGS[kind][1]: f"#/components/schemas/{kind.__name__}" for kind in get_args(Change)
    }


@pytest.mark.parametrize("kind", get_args(Change), ids=lambda kind: kind.__name__)
def test_what_stays_out_of_a_repr_is_marked(kind: type) -> None:
    for one in fields(kind):
        marked = SCHEMAS[kind.__name__]["properties"][one.name].get("writeOnly", False)
        in_words = one.name in ("text",)  # what somebody complains about is no secret from the back office
        assert marked == (not one.repr and not in_words), one.name


def test_every_problem_is_told() -> None:
    types = {f"urn:hall10086:problem:{kind.value}" for kind in ProblemKind}
    assert set(SCHEMAS["Problem"]["properties"]["type"]["enum"]) == types
    validator = jsonschema_rs.validator_for(whole(SCHEMAS["Problem"]))
    for kind in ProblemKind:
        validator.validate(wire.loads(Problem(kind, "why", "where").body()))
        assert f"{STATUS[kind]}" in SCHEMAS["Problem"]["description"]


@pytest.mark.parametrize("name", [name for name in SCHEMAS if "examples" in SCHEMAS[name]])
def test_an_example_is_valid(name: str) -> None:
    validator = jsonschema_rs.validator_for(whole(SCHEMAS[name]), validate_formats=True)
    for example in SCHEMAS[name]["examples"]:
        validator.validate(example)


@pytest.mark.parametrize("kind", OBJECTS, ids=lambda kind: kind.__name__)
def test_an_example_reads_and_writes_the_same(kind: type) -> None:
    assert SCHEMAS[kind.__name__]["examples"]
    for example in SCHEMAS[kind.__name__]["examples"]:
        assert wire.encode(wire.decode(kind, example)) == example
