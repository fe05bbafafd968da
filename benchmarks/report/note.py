"""What is compared and what is not: printed with every run, and part of the documentation."""

NOTE = """\
What is compared. All answer the same requests, sent by wrk over 16 kept connections, with the same
fields, from the same data, with the same checks of key, scope and limit, with equal indexes of
orders and equal SQLite settings (write-ahead log, synchronous=FULL, cache). Contestants take turns
in rounds, and a ratio is the median of those within a round: figures of different runs, or of
different machines, say nothing beside each other.

In favour of the others. Each has the number of threads that was best for it in that very kind of
work, ours the one it starts with. They deliver no webhooks, write no proof of prices and no audit
entry, keep no old prices (a bulk upsert overwrites one column), send no ETag, know no versions, and
check of a body only what these requests need. "synchronous=NORMAL" marks them without the
durability that ours has: they may lose the last orders in a power cut.

In favour of ours. The goal was to be fast here, and theirs was to be plain: their authors might
store documents, too, and then they would be as fast as their frameworks. One process each; with
several processes, which SQLite allows for reading, all of them would read more. wrk is on the same
machine, and takes one of its cores.

What is not compared. Networks, TLS, other databases, cold disks; and anything else that one
chooses an ordering back end for."""
