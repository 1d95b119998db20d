"""Names of recorded files, by what they are good for."""

# What was recorded, as INDEX.md of the data lists it.
L1_BLOCKS = (
    "12505500",
    "12900060",
    "12914944",
    "12932986",
    "13004256",
    "14764013",
    "15537393",
    "15537394",
    "17034869",
    "17034870",
    "17062257",
    "19426587",
    "22162263",
    "22431083",
    "22431084",
)

# Headers with transactions, without receipts: eleven in a row, over the Prague fork.
L1_HEADERS = tuple(str(number) for number in range(22431080, 22431091))
