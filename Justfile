# Everything that is done with this project. `just` lists it.

python := ".venv/bin/python"

_list:
    @{{just_executable()}} --list

# Make the virtual environment with all that development needs.
setup:
    python3 -m venv .venv
    {{python}} -m pip install --quiet --editable '.[dev,bench,grpc,archive]'

# Run the node; without arguments on its demo world.
run *arguments:
    .venv/bin/qenus run {{arguments}}

# Pass the everyday tests; with --full all of them.
test *arguments:
    {{python}} -m pytest -n 2 {{arguments}}

# Pass the unit tests with the lowest versions that pyproject.toml allows.
lowest *arguments:
    {{python}} -m tools.bounds lowest {{arguments}}

# Pass the unit tests with the newest versions that pip finds.
newest *arguments:
    {{python}} -m tools.bounds newest {{arguments}}

# Pass the unit tests on every other Python of this machine; resolve and check types for the rest.
pythons *arguments:
    {{python}} -m tools.bounds pythons {{arguments}}

# Pass the tests beside busy loops, in random order: everyday five times, all of them once.
steady *arguments:
    {{python}} -m tools.steady {{arguments}}

# Lint, format and types, and that nothing generated has drifted.
check:
    {{python}} -m ruff check .
    {{python}} -m ruff format --check .
    {{python}} -m tools.protogen --check
    {{python}} -m mypy & {{python}} -m pyright --pythonpath {{python}}; pyright=$?; wait $! && exit $pyright

# Measure one bench, or list them.
bench *arguments:
    .venv/bin/qenus bench {{arguments}}

# The tests that run on the simulated world.
sim *arguments:
    {{python}} -m pytest tests/sim {{arguments}}

# Generate messages, decoders, schemas, stubs and the reference page from proto/.
proto:
    {{python}} -m tools.protogen

# Real EVM nodes with the protocols' own contracts.
devnet *arguments:
    {{python}} -m tools.devnet {{arguments}}

# Throw random bytes at the decoder for a minute.
fuzz:
    {{python}} -m tools.fuzz.wire -max_total_time=60
    {{python}} -m tools.fuzz.subscriber -max_total_time=60
