"""A stateful emulator of the part of SALTO KS that Flexspace uses: identity, Connect API, console, doors.

It shares store, clock, faults and server with the rest of the sandbox. README.md says what it plays.
"""
