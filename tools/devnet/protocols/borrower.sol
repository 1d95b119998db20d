// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

interface IToken {
    function transfer(address to, uint256 amount) external returns (bool);
    function approve(address spender, uint256 amount) external returns (bool);
}

/// Borrows for the length of a call and pays back from its own pocket, and pays what pools ask for.
/// `data` of every callback names the two tokens and what was borrowed of each.
contract Borrower {
    function act(address target, bytes calldata data) external returns (bytes memory) {
        (bool done, bytes memory answer) = target.call(data);
        if (!done) {
            assembly { revert(add(answer, 32), mload(answer)) }
        }
        return answer;
    }

    function uniswapV3FlashCallback(uint256 fee0, uint256 fee1, bytes calldata data) external {
        _payBack(fee0, fee1, data);
    }

    function algebraFlashCallback(uint256 fee0, uint256 fee1, bytes calldata data) external {
        _payBack(fee0, fee1, data);
    }

    function uniswapV2Call(address, uint256 amount0, uint256 amount1, bytes calldata data) external {
        _payBack(_fee(amount0), _fee(amount1), data);
    }

    function algebraMintCallback(uint256 owed0, uint256 owed1, bytes calldata data) external {
        _pay(int256(owed0), int256(owed1), data);
    }

    function algebraSwapCallback(int256 owed0, int256 owed1, bytes calldata data) external {
        _pay(owed0, owed1, data);
    }

    function receiveFlashLoan(
        address[] calldata tokens,
        uint256[] calldata amounts,
        uint256[] calldata fees,
        bytes calldata
    ) external {
        for (uint256 i = 0; i < tokens.length; i++) {
            IToken(tokens[i]).transfer(msg.sender, amounts[i] + fees[i]);
        }
    }

    function executeOperation(
        address asset,
        uint256 amount,
        uint256 premium,
        address,
        bytes calldata
    ) external returns (bool) {
        return IToken(asset).approve(msg.sender, amount + premium);
    }

    function _fee(uint256 amount) private pure returns (uint256) {
        return amount == 0 ? 0 : amount * 3 / 997 + 1;
    }

    function _payBack(uint256 fee0, uint256 fee1, bytes calldata data) private {
        (address token0, address token1, uint256 amount0, uint256 amount1) =
            abi.decode(data, (address, address, uint256, uint256));
        if (amount0 + fee0 > 0) IToken(token0).transfer(msg.sender, amount0 + fee0);
        if (amount1 + fee1 > 0) IToken(token1).transfer(msg.sender, amount1 + fee1);
    }

    function _pay(int256 owed0, int256 owed1, bytes calldata data) private {
        (address token0, address token1,,) =
            abi.decode(data, (address, address, uint256, uint256));
        if (owed0 > 0) IToken(token0).transfer(msg.sender, uint256(owed0));
        if (owed1 > 0) IToken(token1).transfer(msg.sender, uint256(owed1));
    }
}
