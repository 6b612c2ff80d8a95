"""What `connect` takes: the parameters of the endpoint, and the options of every connection."""

import ssl

from schematic_definitions.deepgram_ws import DeepgramPhases, DeepgramWs, SyncDeepgramWs
from schematic_definitions.elevenlabs_ws import (
    ElevenLabsCallbacks,
    ElevenLabsPhases,
    ElevenLabsWs,
    InitializeConnection,
    SyncElevenLabsWs,
)
from schematic_engine.limits import Limits
from schematic_engine.policy import Policy
from schematic_engine.retry import Reconnect

ElevenLabsWs.connect(voice_id="v", output_format="pcm_16000", seed=7, auto_mode=True)
ElevenLabsWs.connect(voice_id="v", auth="secret", url="ws://localhost:1", headers={"a": "b"})
ElevenLabsWs.connect(voice_id="v", limits=Limits(open_timeout=5), policy=Policy(fields="error"))
ElevenLabsWs.connect(voice_id="v", ssl=ssl.create_default_context(), proxy=None, redirects=2)
ElevenLabsWs.connect(voice_id="v", opening=lambda: [InitializeConnection()])
SyncElevenLabsWs.connect(voice_id="v", background=False, reconnect=Reconnect())
DeepgramWs.connect(model="nova-3", keyterm=["one", "two"], endpointing="300")

ElevenLabsWs.connect()  # refused: call-arg / CallIssue
ElevenLabsPhases.connect(model_id="m")  # refused: call-arg / CallIssue
SyncElevenLabsWs.connect()  # refused: call-arg / CallIssue
DeepgramPhases.connect()  # refused: call-arg / CallIssue

ElevenLabsWs.connect(voice_id="v", voice="v")  # refused: call-arg / CallIssue
ElevenLabsPhases.connect(voice_id="v", timeout=5)  # refused: call-arg / CallIssue
SyncElevenLabsWs.connect(voice_id="v", retries=5)  # refused: call-arg / CallIssue
ElevenLabsWs.connect("v")  # refused: call-arg / CallIssue

ElevenLabsWs.connect(voice_id=7)  # refused: arg-type / ArgumentType
ElevenLabsWs.connect(voice_id="v", output_format="wav")  # refused: arg-type / ArgumentType
ElevenLabsPhases.connect(voice_id="v", output_format="wav")  # refused: arg-type / ArgumentType
ElevenLabsWs.connect(voice_id="v", seed="7")  # refused: arg-type / ArgumentType
ElevenLabsWs.connect(voice_id="v", auto_mode="yes")  # refused: arg-type / ArgumentType
DeepgramWs.connect(model="nova-3", keyterm=7)  # refused: arg-type / ArgumentType
SyncDeepgramWs.connect(model="nova-3", diarize_model="v2")  # refused: arg-type / ArgumentType

ElevenLabsWs.connect(voice_id="v", auth=7)  # refused: arg-type / ArgumentType
ElevenLabsWs.connect(voice_id="v", limits=5)  # refused: arg-type / ArgumentType
ElevenLabsWs.connect(voice_id="v", proxy=False)  # refused: arg-type / ArgumentType
ElevenLabsWs.connect(voice_id="v", opening=[])  # refused: arg-type / ArgumentType


async def the_same_for_a_whole_conversation(calls: ElevenLabsCallbacks) -> None:
    await calls.run([], voice_id="v", initialize=InitializeConnection(), seed=7)
    await calls.run([])  # refused: call-arg / CallIssue
    await calls.run([], voice_id="v", initialise=None)  # refused: call-arg / CallIssue
    await calls.run([], voice_id="v", initialize="Hello. ")  # refused: arg-type / ArgumentType
    await calls.run([], voice_id="v", output_format="wav")  # refused: arg-type / ArgumentType
