"""What the generated code costs, measured again with one command: `make bench`.

`counts` profiles the shipped models, `scaling` random networks of many sizes, `host` times the C
beside TensorFlow. What they find is written to `figures.json` and `host.json`; `report` makes
`results.md` of these two files alone, and `growth` is what CI holds new code against.
`fit_costs` is a program of its own: it fits the prices that the cost model works with.
"""
