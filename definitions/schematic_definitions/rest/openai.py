"""OpenAI's REST API, as far as it is about models: list them, get one, delete one of your own.

Sources: the vendor's API reference, https://platform.openai.com/docs/api-reference/models, and the
types of its public Python SDK (``shutdown_date``).

Not covered: all other resources. Organisation and project are header lines, ``OpenAI-Organization``
and ``OpenAI-Project``; pass them as ``headers`` when a client is made.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from schematic import ApiResponse, ConnectionParam, Endpoint, ParamType, RestApi, RestMethod, Schema
from schematic_definitions.common.openai import API_KEY, ENV_AUTH

__all__ = ["DeletedModel", "Model", "ModelList", "openai_rest"]


class Model(Struct, frozen=True, kw_only=True):
    """A model that can be used with the API.

    Attributes:
        id: by which requests name it.
        created: when it was made, in seconds since 1970 in UTC.
        object: says that it is a model.
        owned_by: the organisation that owns it.
        shutdown_date: when it will be shut down; null or absent where nothing is announced.
    """

    id: str
    created: int
    object: Literal["model"] = "model"
    owned_by: str
    shutdown_date: str | None = None


class ModelList(Struct, frozen=True):
    """All models. They come on one page.

    Attributes:
        data: the models.
        object: says that it is a list.
    """

    data: tuple[Model, ...]
    object: Literal["list"] = "list"


class DeletedModel(Struct, frozen=True):
    """What became of a model that was to be deleted.

    Attributes:
        id: the model.
        deleted: whether it is gone.
        object: says that it was a model.
    """

    id: str
    deleted: bool
    object: str = "model"


_MODEL = ConnectionParam(
    name="model", param_type=ParamType.STRING, description="The id of the model."
)


def openai_rest() -> RestApi:
    """The description of OpenAI's REST API for models."""
    return RestApi(
        name="OpenAI",
        description="The models that can be used, and those that are your own.",
        base_url="https://api.openai.com",
        docs_url="https://platform.openai.com/docs/api-reference/models",
        auth=API_KEY,
        env_auth=ENV_AUTH,
        endpoints=[
            Endpoint(
                id="ListModels",
                method=RestMethod.GET,
                path="/v1/models",
                description="All models that the key may use.",
                response=ApiResponse.json(Schema(ModelList)),
            ),
            Endpoint(
                id="GetModel",
                method=RestMethod.GET,
                path="/v1/models/{model}",
                description="One model.",
                request_params=[_MODEL],
                response=ApiResponse.json(Schema(Model)),
            ),
            Endpoint(
                id="DeleteModel",
                method=RestMethod.DELETE,
                path="/v1/models/{model}",
                description="Delete a fine-tuned model, which takes the role of an owner.",
                request_params=[_MODEL],
                response=ApiResponse.json(Schema(DeletedModel)),
            ),
        ],
    )
