"""Zenoh sessions that find each other on this machine without a daemon: the ground of local channels.

`open_mesh()` joins all processes of one user that name the same namespace into a full mesh. The only part
of the package that configures or opens a zenoh session; the local engine and local messaging build on it.
"""
