"""Transactions executed before a block holds them; needs the extra `execution`.

executor         a supervised process that executes, and how it is asked
simulations      calls, block environments and results
evm              one transaction through pyrevm; runs in that process
state_gateway    the state that the process reads, served over the loopback
"""

from qenus.observers.execution.executor import Executor, open_executor
from qenus.observers.execution.simulations import (
    AccountChange,
    AccountState,
    BlockEnvironment,
    InvalidCall,
    SimulatedLog,
    Simulation,
    SimulationFailed,
    SimulationTimeout,
    StateMissing,
    TransactionCall,
    signed_call,
)
from qenus.observers.execution.state_gateway import GivenState, NodeState

__all__ = [
    "AccountChange",
    "AccountState",
    "BlockEnvironment",
    "Executor",
    "GivenState",
    "InvalidCall",
    "NodeState",
    "SimulatedLog",
    "Simulation",
    "SimulationFailed",
    "SimulationTimeout",
    "StateMissing",
    "TransactionCall",
    "open_executor",
    "signed_call",
]
