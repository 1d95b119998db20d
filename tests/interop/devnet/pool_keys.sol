// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

// A position manager's getter for the keys of its pools, by the first 25 bytes of the id. Anyone can
// note a key, so that a test can note a wrong one.
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
