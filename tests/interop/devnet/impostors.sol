// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

// Says what pools say and is none: it claims a factory, its tokens and its terms, and emits.
contract Impostor {
    address public factory;
    address public token0;
    address public token1;
    uint24 public constant fee = 3000;
    int24 public constant tickSpacing = 60;

    event Sync(uint112 reserve0, uint112 reserve1);
    event Swap(address indexed sender, address indexed recipient, int256 amount0, int256 amount1,
        uint160 sqrtPriceX96, uint128 liquidity, int24 tick);

    constructor(address factory_, address token0_, address token1_) {
        (factory, token0, token1) = (factory_, token0_, token1_);
    }

    function getReserves() external pure returns (uint112, uint112, uint32) {
        return (1e21, 1e21, 0);
    }

    function speak() external {
        emit Sync(1e21, 1e21);
        emit Swap(msg.sender, msg.sender, 1e18, -1e18, 1 << 96, 1e24, 0);
    }
}

// A token that says of itself what no reader should trust.
contract HostileToken {
    uint256 public immutable kind;
    mapping(address => uint256) public balanceOf;

    constructor(uint256 kind_, address rich) {
        kind = kind_;
        balanceOf[rich] = 1e30;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
        return true;
    }

    function decimals() external view returns (uint256) {
        if (kind == 0) return 300;
        if (kind == 1) revert("no");
        return 255;
    }

    function symbol() external view returns (bytes32) {
        if (kind == 0) assembly { return(0, 10000000) }
        if (kind == 1) return "MKR";
        while (true) {}
        return 0;
    }

    function name() external view returns (string memory) {
        if (kind == 0) return "\x1b[31mred\n";
        if (kind == 1) return "Maker";
        return "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789";
    }
}
