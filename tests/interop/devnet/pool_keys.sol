// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

// What a position manager tells of the pools it minted in: their keys, by the first 25 bytes of the
// id. It takes whatever it is told, so that a test can tell it a wrong one.
contract PoolKeys {
    struct PoolKey {
        address currency0;
        address currency1;
        uint24 fee;
        int24 tickSpacing;
        address hooks;
    }

    mapping(bytes25 => PoolKey) public poolKeys;

    function note(bytes25 id, PoolKey calldata key) external {
        poolKeys[id] = key;
    }
}
