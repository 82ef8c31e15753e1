"""The one door to Typer's private copy of click: what is not imported here, this package does not use.

Typer makes its commands of these classes and gives them no public name; when a new Typer moves them, this file follows.
"""

from typer._click import Command, Context, Parameter
from typer._click.exceptions import ClickException, NoSuchOption

__all__ = ["ClickException", "Command", "Context", "NoSuchOption", "Parameter"]
