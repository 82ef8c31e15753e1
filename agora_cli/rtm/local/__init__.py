"""Messaging on this machine: live messages over the zenoh mesh, all shared state in one SQLite file.

The two halves fail apart. The mesh carries messages and presence; it needs no daemon, and a link may break.
The store (history, metadata, states, locks) lies in the namespace's private directory, where every process
that can reach the mesh can reach it too: a transaction is all or nothing and one after the other, also when
its process is killed or a link is down, so there is no leader to elect and no lock that two can hold.
"""
