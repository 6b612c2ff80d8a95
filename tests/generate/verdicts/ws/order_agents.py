"""The order of ElevenLabs' agents: an opening of one or two steps, and tools that end nothing."""

from schematic_definitions.elevenlabs_agents_ws import (
    ClientToolResult,
    Closing,
    ElevenLabsAgentsPhases,
    Streaming,
    SyncElevenLabsAgentsPhases,
)
from schematic_definitions.elevenlabs_on_premises_ws import (
    EnclaveSetupConfig,
    Initializing,
    InitializingConversationInitiationClientData,
    SyncInitializing,
)


async def in_order() -> None:
    async with ElevenLabsAgentsPhases.connect(agent_id="a") as initializing:
        streaming: Streaming = await initializing.initialize()
        await streaming.send_client_tool_result(tool_call_id="1", result="sunny")
        await streaming.send_client_tool_result(ClientToolResult(tool_call_id="2", result=7))
        await streaming.send_user_message("And tomorrow?")
        print(await streaming.receive())
        await streaming.close()


async def a_tool_before_initialise() -> None:
    async with ElevenLabsAgentsPhases.connect(agent_id="a") as initializing:
        await initializing.send_client_tool_result()  # refused: attr-defined / AttributeAccessIssue


async def a_tool_after_close(closing: Closing) -> None:
    await closing.send_client_tool_result()  # refused: attr-defined / AttributeAccessIssue


async def an_opening_of_two_steps(initializing: Initializing, setup: EnclaveSetupConfig) -> None:
    second = await initializing.initialize(setup)
    streaming = await second.conversation_initiation_client_data()
    await streaming.send_user_message("Hello.")


async def the_second_step_first(one: Initializing) -> None:
    await one.conversation_initiation_client_data()  # refused: attr-defined / AttributeAccessIssue


async def the_first_step_alone(initializing: Initializing, setup: EnclaveSetupConfig) -> None:
    second = await initializing.initialize(setup)
    await second.send_user_message("Hello.")  # refused: attr-defined / AttributeAccessIssue
    await second.close()  # refused: attr-defined / AttributeAccessIssue
    await second.receive()  # refused: attr-defined / AttributeAccessIssue


async def the_first_step_twice(second: InitializingConversationInitiationClientData) -> None:
    await second.initialize()  # refused: attr-defined / AttributeAccessIssue


def in_order_sync() -> None:
    with SyncElevenLabsAgentsPhases.connect(agent_id="a") as initializing:
        streaming = initializing.initialize()
        streaming.send_client_tool_result(tool_call_id="1", result="sunny")
        streaming.send_user_message("And tomorrow?")
        print(streaming.close())


def the_first_step_alone_sync(initializing: SyncInitializing, setup: EnclaveSetupConfig) -> None:
    second = initializing.initialize(setup)
    second.send_user_message("Hello.")  # refused: attr-defined / AttributeAccessIssue
