"""Measures instructions, estimated cycles and memory of generated code without a board.

The profiler compiles the code as a project does, links it with the harness of the verification, and
runs it on an emulated core. Counters watch from outside which blocks of instructions run, so they
count exactly the code that ships.
"""
