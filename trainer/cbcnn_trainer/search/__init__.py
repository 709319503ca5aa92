"""Searches for networks that fit a board, and trades their accuracy against what they cost.

    space ──► network ──► cost ──► study ──► training ──► front
    a setting  untrained    bytes,   Optuna    here, or on  table, picture,
    each       graph        time              Ray          JSON, commands

The search stands above trainer and generator: it asks the generator what an untrained network costs
and the trainer how accurate it becomes. Neither of them knows the search.
"""
