"""docs/explorer/index.html: every variant of the template on one page, without a server.

`pages` renders the architecture and cost pages of each variant, which the matrix compares with the
stacks, `changes` compares stacks that differ in one answer, and `data` joins them with a run of
the matrix. `page.html` shows them.
"""
