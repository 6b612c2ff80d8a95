"""Call a described REST API, with asyncio or without. It needs ``httpx``, the extra ``rest``.

Whatever a generated REST client is made of can be imported from here.
"""

from schematic.define.auth import AuthKind, AuthStrategy
from schematic.define.bodies import ApiRequest, ApiResponse, FormField, RequestKind, ResponseKind
from schematic.define.params import ConnectionParam, ParamLocation
from schematic.define.rest import Endpoint, RestApi, RestMethod
from schematic.define.schema import Schema
from schematic.define.values import ListStyle, ParamType
from schematic_engine.blame import InvalidParameter, MessageTooBig, MissingCredentials
from schematic_engine.credentials import Credentials
from schematic_engine.rest.asyncio import RestClient, RestSurface
from schematic_engine.rest.core import Operation, RestOptions, SyncRestOptions
from schematic_engine.rest.errors import HttpError, InvalidResponse
from schematic_engine.rest.files import Content, File, FileLike
from schematic_engine.rest.limits import RestLimits
from schematic_engine.rest.sync import SyncRestClient, SyncRestSurface

__all__ = [
    "ApiRequest",
    "ApiResponse",
    "AuthKind",
    "AuthStrategy",
    "ConnectionParam",
    "Content",
    "Credentials",
    "Endpoint",
    "File",
    "FileLike",
    "FormField",
    "HttpError",
    "InvalidParameter",
    "InvalidResponse",
    "ListStyle",
    "MessageTooBig",
    "MissingCredentials",
    "Operation",
    "ParamLocation",
    "ParamType",
    "RequestKind",
    "ResponseKind",
    "RestApi",
    "RestClient",
    "RestLimits",
    "RestMethod",
    "RestOptions",
    "RestSurface",
    "Schema",
    "SyncRestClient",
    "SyncRestOptions",
    "SyncRestSurface",
]
