"""What lets a command into a channel: its token, how to renew it, and the encryption key.

Secrets come from the environment, a file or stdin, so that no process list shows them:

    AGORA_APP_CERTIFICATE   makes tokens where none is given, and has the local engine check them
    AGORA_TOKEN             or --token, --tokenFile
    AGORA_TOKEN_EXPIRE      how long our own tokens live (1h)
    AGORA_ENCRYPTION_KEY    or --encryptionKeyFile
"""

import base64
import os
import secrets
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from agora_cli.engines.base import ConnectionSpec, Encryption, Gate, Role
from agora_cli.engines.encryption import checked
from agora_cli.errors import InputError, UsageError
from agora_cli.names import ASSIGNED, check_channel, check_user, is_app_id
from agora_cli.options.channel import ChannelOptions
from agora_cli.options.values import duration_s
from agora_cli.tokens.access_token import MAX_LIFE_S, MAX_SALT, TokenError, build
from agora_cli.tokens.services import JOIN_CHANNEL, LOGIN, PUBLISH_AUDIO, PUBLISH_DATA, PUBLISH_VIDEO, RTC, Service
from agora_cli.tokens.stay import Grant
from agora_cli.tokens.verdict import Wanted, ends_s, verify

CERTIFICATE = "AGORA_APP_CERTIFICATE"
TOKEN = "AGORA_TOKEN"
TOKEN_EXPIRE = "AGORA_TOKEN_EXPIRE"
ENCRYPTION_KEY = "AGORA_ENCRYPTION_KEY"
# More than any token or key has; a wrong --tokenFile is not read into memory whole.
MAX_SECRET_BYTES = 1 << 20

RTC_PRIVILEGES: Mapping[Role, tuple[int, ...]] = {
    "broadcaster": (JOIN_CHANNEL, PUBLISH_AUDIO, PUBLISH_VIDEO, PUBLISH_DATA),
    "audience": (JOIN_CHANNEL,),
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """The three fields of a ConnectionSpec that are secret."""

    token: str | None = field(default=None, repr=False)
    mint_token: Callable[[], str] | None = field(default=None, repr=False)
    encryption: Encryption | None = None


@dataclass(frozen=True, slots=True)
class Minter:
    """Makes tokens for one user of one channel from our own certificate; called, it returns a fresh one."""

    app_id: str
    certificate: str = field(repr=False)
    service: int
    channel: str
    user: str
    role: Role
    life_s: int

    def __call__(self) -> str:
        granted = grant(self.service, self.channel, self.user, self.role, self.life_s)
        return sign_now(self.app_id, self.certificate, [granted], self.life_s)


def gather(options: ChannelOptions, service: int = RTC, environ: Mapping[str, str] = os.environ) -> Credentials:
    """Return what `options` and the environment say; a token is made where only a certificate is there.

    `service` is what an own token is for (RTC or RTM). A given --tokenFile is read again when its token is
    about to expire, so another program can renew it. Messages (RTM) are never encrypted, so a key that is set
    for media is none of their business. Raises UsageError or InputError.
    """
    encryption = read_encryption(options, environ) if service == RTC else None
    if options.token_file is not None and options.token in ("", environ.get(TOKEN, "")):
        file = options.token_file
        renew = None if str(file) == "-" else lambda: read_secret(file, "token")
        return Credentials(read_secret(file, "token"), renew, encryption)
    if options.token_file is not None:
        raise UsageError("token-twice", "give --token or --tokenFile, not both")
    if options.token:
        token = read_secret(Path("-"), "token") if options.token == "-" else options.token.strip()
        return Credentials(token, None, encryption)
    own = certificate(environ)
    if own is None or not is_app_id(options.app_id):
        return Credentials(encryption=encryption)
    life_s = token_life_s(environ.get(TOKEN_EXPIRE, "1h"), TOKEN_EXPIRE)
    mint = Minter(options.app_id, own, service, options.channel_id, options.user_id, options.role, life_s)
    return Credentials(mint(), mint, encryption)


def moved(spec: ConnectionSpec, channel: str) -> ConnectionSpec:
    """Return `spec` for another channel, with a token of its own where we make the tokens."""
    if not isinstance(spec.mint_token, Minter):
        return replace(spec, channel=channel)
    mint = replace(spec.mint_token, channel=channel)
    return replace(spec, channel=channel, token=mint(), mint_token=mint)


def certificate(environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the App Certificate of the environment, None when there is none; raises UsageError for any other text."""
    value = environ.get(CERTIFICATE, "").strip()
    if value and not is_app_id(value):
        raise UsageError(
            "app-certificate", f"{CERTIFICATE} must be 32 hex digits, got a text of {len(value)} characters"
        )
    return value or None


def local_gate(own: str, now_s: Callable[[], float] = time.time) -> Gate:
    """Return what makes the local engine ask for tokens as Agora's network does, with the certificate `own`.

    It returns how long a token lets its holder stay, raises RefusedError with Agora's number 109 or 110, and
    returns None for a namespace: only App IDs have tokens.
    """

    def check(token: str | None, spec: ConnectionSpec) -> Grant | None:
        if not is_app_id(spec.app_id):
            return None
        return admit(token, Wanted(spec.app_id, own, spec.channel, spec.user, RTC), int(now_s()), spec.role)

    return check


def admit(token: str | None, wanted: Wanted, now_s: int, role: Role = "audience") -> Grant:
    """Return until when `token` lets its holder use `wanted.service`, and what it does not allow in that role.

    Raises TokenError.
    """
    if not token:
        raise TokenError("token-missing", "a token is asked for, got none (110)")
    found = verify(token, wanted, now_s)
    service = found.service(wanted.service or RTC)
    warnings: tuple[str, ...] = ()
    if service is not None and service.type == RTC and (lacks := set(RTC_PRIVILEGES[role]) - set(service.privileges)):
        names = ", ".join(service.privilege_name(privilege) for privilege in sorted(lacks))
        warnings = (f"the token lacks the privileges {names}: a project with co-host authentication refuses to send",)
    return Grant(ends_s(found, wanted.service or RTC), warnings)


def grant(service: int, channel: str, user: str, role: Role, life_s: int) -> Service:
    """Return what an RTC or RTM token grants to one user in a role, all for `life_s` seconds."""
    name = check_user(user)
    any_user = "" if name == ASSIGNED else name
    if service == RTC:
        granted = {privilege: life_s for privilege in RTC_PRIVILEGES[role]}
        return Service(RTC, granted, check_channel(channel), any_user)
    return Service(service, {LOGIN: life_s}, user=any_user)


def sign_now(app_id: str, own: str, services: list[Service], life_s: int) -> str:
    """Return a token that starts now, with a random salt."""
    salt = secrets.randbelow(MAX_SALT) + 1
    return build(app_id, own, services, issued_s=int(time.time()), expire_s=life_s, salt=salt)


def token_life_s(text: str, option: str) -> int:
    """Read how long a token lives: 1 s to 24 h. Raises UsageError naming the option."""
    life_s = int(duration_s(text, option))
    if not 1 <= life_s <= MAX_LIFE_S:
        raise UsageError("token-expire", f"{option} must be 1s to 24h, got {text}")
    return life_s


def read_encryption(options: ChannelOptions, environ: Mapping[str, str] = os.environ) -> Encryption | None:
    """Return the encryption that is asked for, None without any; raises UsageError rather than send in the clear."""
    key = os.fsencode(environ.get(ENCRYPTION_KEY, ""))
    source = ENCRYPTION_KEY
    if options.encryption_key_file is not None:
        key = read_secret(options.encryption_key_file, "encryption key").encode()
        source = "--encryptionKeyFile"
    if not options.encryption_mode:
        if key or options.encryption_salt:
            given = source if key else "--encryptionSalt"
            raise UsageError("encryption-mode", f"{given} is given without --encryptionMode")
        return None
    if not key:
        raise UsageError(
            "encryption-key",
            "--encryptionMode is given without a key",
            hint=f"put the key into {ENCRYPTION_KEY} or a file for --encryptionKeyFile",
        )
    try:
        salt = base64.b64decode(options.encryption_salt, validate=True)
    except ValueError as error:  # binascii.Error, or characters beyond ASCII
        raise UsageError("encryption-salt", f"--encryptionSalt is not base64: {str(error).lower()}") from error
    return checked(options.encryption_mode, key, salt)


def read_secret(path: Path, what: str) -> str:
    """Return the text of a file, `-` for stdin, without blanks around it; raises InputError, never quoting it."""
    name = "stdin" if str(path) == "-" else str(path)
    try:
        if str(path) == "-":
            data = sys.stdin.buffer.read(MAX_SECRET_BYTES + 1)
        else:
            with path.open("rb") as file:
                data = file.read(MAX_SECRET_BYTES + 1)
        text = data.decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise InputError("secret-file", f"cannot read the {what} from {name}: {reason}") from error
    if not text or len(data) > MAX_SECRET_BYTES:
        size = "empty" if not text else f"larger than {MAX_SECRET_BYTES} bytes"
        raise InputError("secret-file", f"cannot read the {what} from {name}: it is {size}")
    return text
