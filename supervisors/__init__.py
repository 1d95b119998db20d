"""Supervision for Trio: actors, mailboxes that lose nothing, restart policies, and a tree
that can be read.

An actor is an async function over an Inbox and Outlets. Mailboxes belong to nothing that can
crash. A Child names an actor with its arguments, a Supervisor names children and a strategy,
a Tree runs them. See README.md for a first actor, a crash and a poison message.
"""

from supervisors._actor import degraded, ready, this_actor
from supervisors._codec import Codec
from supervisors._drain import DrainReport
from supervisors._error_info import ErrorInfo
from supervisors._errors import (
    Cause,
    ChildProcessDied,
    FailureTypes,
    Fenced,
    IntensityExceeded,
    LeakedNursery,
    LocalProtocolError,
    MailboxBusy,
    NotAccepted,
    PoisonMessage,
    RemoteFailure,
    StartFailed,
    StartTimeout,
    StepTooLarge,
    Stuck,
    SupervisionError,
    TransientFailure,
    UndoFailed,
)
from supervisors._events import Event, EventKind
from supervisors._faults import (
    CrashPoint,
    FaultInjector,
    InjectedCrash,
    OneShotFaults,
    RandomFaults,
    ScheduledFaults,
)
from supervisors._file_quarantine import FileQuarantine
from supervisors._lane import Overflow
from supervisors._life import State
from supervisors._mailbox import Mailbox, fan_out
from supervisors._nodes import NodeSnapshot
from supervisors._outlet import Outlet
from supervisors._partitions import PartitionedOutlet, PartitionKey, Partitions, partition_of
from supervisors._policy import AutoShutdown, Restart, Strategy
from supervisors._ports import Inbox
from supervisors._quarantine import MemoryQuarantine, QuarantinedMessage, QuarantineStore
from supervisors._queue import MailboxSnapshot
from supervisors._reconfigure import Change, ChangeKind, diff
from supervisors._render import format_tree
from supervisors._specs import (
    NO_BACKOFF,
    Backoff,
    Child,
    Isolation,
    Policy,
    Readiness,
    Supervisor,
)
from supervisors._steps import Cell, on_abort, step
from supervisors._tree import Tree, run
from supervisors._watchdog import Watchdog

__all__ = [
    "NO_BACKOFF",
    "AutoShutdown",
    "Backoff",
    "Cause",
    "Cell",
    "Change",
    "ChangeKind",
    "Child",
    "ChildProcessDied",
    "Codec",
    "CrashPoint",
    "DrainReport",
    "ErrorInfo",
    "Event",
    "EventKind",
    "FailureTypes",
    "FaultInjector",
    "Fenced",
    "FileQuarantine",
    "Inbox",
    "InjectedCrash",
    "IntensityExceeded",
    "Isolation",
    "LeakedNursery",
    "LocalProtocolError",
    "Mailbox",
    "MailboxBusy",
    "MailboxSnapshot",
    "MemoryQuarantine",
    "NodeSnapshot",
    "NotAccepted",
    "OneShotFaults",
    "Outlet",
    "Overflow",
    "PartitionKey",
    "PartitionedOutlet",
    "Partitions",
    "PoisonMessage",
    "Policy",
    "QuarantineStore",
    "QuarantinedMessage",
    "RandomFaults",
    "Readiness",
    "RemoteFailure",
    "Restart",
    "ScheduledFaults",
    "StartFailed",
    "StartTimeout",
    "State",
    "StepTooLarge",
    "Strategy",
    "Stuck",
    "SupervisionError",
    "Supervisor",
    "TransientFailure",
    "Tree",
    "UndoFailed",
    "Watchdog",
    "degraded",
    "diff",
    "fan_out",
    "format_tree",
    "on_abort",
    "partition_of",
    "ready",
    "run",
    "step",
    "this_actor",
]
