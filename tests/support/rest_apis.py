"""A REST API that has one of everything, with names that are awkward in Python."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from schematic import (
    ApiRequest,
    ApiResponse,
    AuthStrategy,
    ConnectionParam,
    Endpoint,
    FormField,
    ListStyle,
    ParamLocation,
    ParamType,
    RestApi,
    RestMethod,
    Schema,
)

__all__ = ["Note", "everything"]


class Note(Struct, frozen=True, kw_only=True):
    """A note.

    Attributes:
        text: what it says.
        kind: what it is.
    """

    text: str
    kind: Literal["memo", "song"] = "memo"
    class_: str | None = field(name="class", default=None)


def everything() -> RestApi:
    """Every kind of parameter, body, response and name."""
    text, number = ParamType.STRING, ParamType.INTEGER
    note = Schema(Note)
    return RestApi(
        name="Every Thing",
        description="One of everything.",
        base_url="https://every.example/v1",
        auth=AuthStrategy.api_key(header="X-Key", prefix="Key"),
        env_auth="EVERY_KEY",
        headers={"X-Version": "7"},
        endpoints=[
            Endpoint(
                id="PutNote",
                method=RestMethod.PUT,
                path="/notes/{class}/{body}",
                request_params=[
                    ConnectionParam(name="self", param_type=text, required=True),
                    ConnectionParam(name="list", param_type=number, many=ListStyle.COMMA),
                    ConnectionParam(name="page-size", param_type=number, required=True, default=5),
                    ConnectionParam(
                        name="X-Mode",
                        param_type=text,
                        location=ParamLocation.HEADER,
                        choices=("fast", "slow"),
                    ),
                    ConnectionParam(name="ratio", param_type=ParamType.FLOAT, choices=(0.5, 1.0)),
                    ConnectionParam(name="filter", param_type=ParamType.OBJECT, brackets=True),
                    ConnectionParam(
                        name="level", param_type=number, choices=tuple(range(6)), default=3
                    ),
                ],
                request=ApiRequest.json(note),
                response=ApiResponse.json(note),
                headers={"X-Put": "yes"},
            ),
            Endpoint(
                id="Upload",
                method=RestMethod.POST,
                path="/upload",
                request=ApiRequest.form_data(
                    FormField(name="file", file=True, required=True, description="What to keep."),
                    FormField(name="more", file=True, repeatable=True),
                    FormField(name="tag", repeatable=True),
                    FormField(name="count", param_type=number),
                ),
                response=ApiResponse.json(Schema("Receipt")),
            ),
            Endpoint(
                id="LogIn",
                method=RestMethod.POST,
                path="/login",
                request=ApiRequest.urlencoded(FormField(name="user", required=True)),
            ),
            Endpoint(
                id="Say",
                method=RestMethod.POST,
                path="/say",
                request=ApiRequest.text(),
                response=ApiResponse.text(),
            ),
            Endpoint(
                id="Play",
                method=RestMethod.POST,
                path="/play",
                request=ApiRequest.binary("audio/wav"),
                response=ApiResponse.binary("audio/wav", streamed=True),
            ),
            Endpoint(
                id="Fetch",
                method=RestMethod.GET,
                path="/fetch",
                response=ApiResponse.binary(),
            ),
            Endpoint(
                id="Close",
                method=RestMethod.DELETE,
                path="/notes",
                response=ApiResponse.json(Schema(tuple[Note, ...], name="Notes")),
            ),
        ],
    )
