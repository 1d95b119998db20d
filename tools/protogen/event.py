"""Holds the messages that are read from events against the events' declarations in Solidity.

Their decoders are compiled from the same declarations: qenus/protocols/event_decoders.py.
"""

from qenus.errors import LocalProtocolError
from qenus.protocols.solidity_events import Event, Parameter, read_event
from tools.protogen.contract import Contract, ContractError, Field, Message

__all__ = ["check_events", "events_of"]

# The first fields of every message that is read from a log.
_FROM_THE_LOG = {
    "transaction_hash": "bytes32",
    "transaction_index": "uint32",
    "log_index": "uint32",
    "address": "address",
}


def check_events(contract: Contract) -> None:
    """Check every message that declares events.

    Raises:
        ContractError: its fields do not follow them, or two events of one family share a topic
            and are of two messages, or look alike in a log.
    """
    seen: dict[tuple[str, bytes], list[tuple[str, int]]] = {}
    for message in contract.messages:
        family = contract.family_of(message)
        for event in events_of(message) if message.events else ():
            own = (message.name, len(event.indexed))
            others = seen.setdefault((family, event.topic0), [])
            if own in others or any(name != message.name for name, _ in others):
                raise ContractError(
                    f"family {family}: two events have the same topic 0: {event.signature}"
                )
            others.append(own)


def events_of(message: Message) -> tuple[Event, ...]:
    """Read the events that a message declares, and hold the message's fields against them.

    Raises:
        ContractError: a declaration cannot be read, or the fields do not follow it.
    """
    where = f"{message.file}: {message.name}"
    try:
        events = tuple(map(read_event, message.events))
    except LocalProtocolError as error:
        raise ContractError(f"{where}: {error}") from error
    declared = [(field.name, field.type) for field in message.fields[: len(_FROM_THE_LOG)]]
    if declared != list(_FROM_THE_LOG.items()):
        raise ContractError(f"{where}: fields {declared} do not follow the event: no log's place")
    own = message.fields[len(_FROM_THE_LOG) :]
    for event in events:
        _hold_against(where, own, event)
    for field in own:
        said_by = [event for event in events if field.name in _names(event)]
        if not said_by or (len(said_by) < len(events)) != field.optional:
            raise ContractError(f"{where}: {field.name}: optional is what only some events say")
    return events


def _names(event: Event) -> list[str]:
    return [each.name for each in event.parameters]


def _hold_against(where: str, fields: tuple[Field, ...], event: Event) -> None:
    by_name = {field.name: field for field in fields}
    following = [field.name for field in fields if field.name in _names(event)]
    if following != _names(event):
        raise ContractError(
            f"{where}: fields {list(by_name)} do not follow the event {event.declaration}"
        )
    for parameter in event.parameters:
        field = by_name[parameter.name]
        if not _carries(field, parameter):
            raise ContractError(
                f"{where}: {field.name}: {field.type} does not follow the event's {parameter.abi}"
            )


def _carries(field: Field, parameter: Parameter) -> bool:
    if field.repeated != (parameter.count is not None):
        return False
    if parameter.count is not None and parameter.count > field.max_count:
        return False
    if parameter.is_text and parameter.indexed:
        # Its topic is its hash.
        return field.type == "bytes32"
    # A narrower integer fits into a wider field where both travel as numbers.
    widened = (
        parameter.signed == field.type.startswith("int")
        and 0 < parameter.bits <= field.integer_bits <= 64
    )
    return field.type == parameter.type or widened
