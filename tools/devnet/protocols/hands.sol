// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

interface IToken {
    function transfer(address to, uint256 amount) external returns (bool);
}

interface IManager {
    function unlock(bytes calldata data) external returns (bytes memory);
    function sync(address currency) external;
    function settle() external payable returns (uint256);
    function take(address currency, address to, uint256 amount) external;
    function exttload(bytes32 slot) external view returns (bytes32);
}

/// Does steps one after another, all of them or none, and pays pools what they ask for meanwhile:
/// a swap or a mint what it says is owed, a flash exactly what its note says.
contract Hands {
    struct Step {
        address target;
        bytes data;
    }

    struct Note {
        address token0;
        address token1;
        uint256 amount0;
        uint256 amount1;
    }

    function perform(Step[] memory steps) public {
        for (uint256 i = 0; i < steps.length; i++) {
            (bool done, bytes memory answer) = steps[i].target.call(steps[i].data);
            if (!done) {
                assembly { revert(add(answer, 32), mload(answer)) }
            }
        }
    }

    /// Within Uniswap V4's lock: the steps, then what is owed of each currency either way; what
    /// the manager owes goes to `to`.
    function unlockCallback(bytes calldata data) external returns (bytes memory) {
        (Step[] memory steps, address[] memory currencies, address to) =
            abi.decode(data, (Step[], address[], address));
        perform(steps);
        IManager manager = IManager(msg.sender);
        for (uint256 i = 0; i < currencies.length; i++) {
            address currency = currencies[i];
            int256 delta = int256(uint256(
                manager.exttload(keccak256(abi.encode(address(this), currency)))
            ));
            if (delta < 0) {
                // The manager may owe or be owed -2^127, and settles up to 2^127 - 1 at once.
                for (uint256 owed = uint256(-delta); owed > 0;) {
                    uint256 part = owed >> 127 == 0 ? owed : uint256(1) << 126;
                    manager.sync(currency);
                    IToken(currency).transfer(msg.sender, part);
                    manager.settle();
                    owed -= part;
                }
            } else if (delta > 0) {
                manager.take(currency, to, uint256(delta));
            }
        }
        return "";
    }

    function uniswapV3SwapCallback(int256 owed0, int256 owed1, bytes calldata data) external {
        _pay(owed0, owed1, data);
    }

    function uniswapV3MintCallback(uint256 owed0, uint256 owed1, bytes calldata data) external {
        _pay(int256(owed0), int256(owed1), data);
    }

    function algebraSwapCallback(int256 owed0, int256 owed1, bytes calldata data) external {
        _pay(owed0, owed1, data);
    }

    function algebraMintCallback(uint256 owed0, uint256 owed1, bytes calldata data) external {
        _pay(int256(owed0), int256(owed1), data);
    }

    function uniswapV3FlashCallback(uint256, uint256, bytes calldata data) external {
        _payNoted(data);
    }

    function algebraFlashCallback(uint256, uint256, bytes calldata data) external {
        _payNoted(data);
    }

    function uniswapV2Call(address, uint256, uint256, bytes calldata data) external {
        _payNoted(data);
    }

    function _payNoted(bytes calldata data) private {
        Note memory note = abi.decode(data, (Note));
        _pay(int256(note.amount0), int256(note.amount1), data);
    }

    function _pay(int256 owed0, int256 owed1, bytes calldata data) private {
        Note memory note = abi.decode(data, (Note));
        if (owed0 > 0) IToken(note.token0).transfer(msg.sender, uint256(owed0));
        if (owed1 > 0) IToken(note.token1).transfer(msg.sender, uint256(owed1));
    }
}
