// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// A token that keeps a hundredth of every transfer, and whose owners' balances can be scaled.
contract TaxedToken {
    uint256 private constant ONE = 1000;
    mapping(address => uint256) private parts;
    mapping(address => mapping(address => uint256)) public allowance;
    uint256 public totalSupply;
    uint256 public index = ONE;
    uint256 public taxPercent = 1;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    function mint(uint256 amount) external {
        parts[msg.sender] += amount;
        totalSupply += amount;
        emit Transfer(address(0), msg.sender, amount);
    }

    function balanceOf(address owner) public view returns (uint256) {
        return parts[owner] * index / ONE;
    }

    /// Every balance becomes its `thousandths`.
    function rebase(uint256 thousandths) external {
        index = index * thousandths / ONE;
    }

    function setTax(uint256 percent) external {
        taxPercent = percent;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        emit Approval(msg.sender, spender, amount);
        return true;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        _move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        allowance[from][msg.sender] -= amount;
        _move(from, to, amount);
        return true;
    }

    function _move(address from, address to, uint256 amount) private {
        uint256 tax = amount * taxPercent / 100;
        parts[from] -= amount * ONE / index;
        parts[to] += (amount - tax) * ONE / index;
        emit Transfer(from, to, amount - tax);
        if (tax > 0) emit Transfer(from, address(0), tax);
    }
}
