"""Instructions, estimated cycles and memory of generated code, measured without a board.

The code is compiled as a project compiles it, linked with the harness that verification uses, and
run on an emulated core. Counters watch from outside which blocks of instructions run, so that the
code that is counted is the code that ships.
"""
