"""Zenoh sessions that find each other on this machine without a daemon: the ground of local channels.

`open_mesh()` joins all processes of one user that name the same namespace into a full mesh. The only part
of the package that configures or opens a zenoh session; the local engine and local messaging build on it.
"""

from agora_cli.mesh.rendezvous import default_runtime_dir
from agora_cli.mesh.session import Declared, Mesh, open_mesh

__all__ = ["Declared", "Mesh", "default_runtime_dir", "open_mesh"]
