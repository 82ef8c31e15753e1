/* core.c - the texts of the status codes, in one place. */
#include "core.h"

const char *agora_status_text(int status)
{
    switch (status) {
    case AGORA_OK:
        return "ok";
    case AGORA_E_ARGUMENT:
        return "argument out of range";
    case AGORA_E_TRUNCATED:
        return "input ends too early";
    case AGORA_E_CAPACITY:
        return "output buffer too small";
    case AGORA_E_LENGTH_SIZE:
        return "NAL length size must be 1, 2 or 4";
    case AGORA_E_ZERO_NAL:
        return "NAL unit of zero bytes";
    case AGORA_E_BEYOND:
        return "NAL length points beyond the packet";
    case AGORA_E_SYNTAX:
        return "value forbidden by the standard";
    case AGORA_E_UNSUPPORTED:
        return "valid but unsupported";
    case AGORA_E_IO:
        return "file could not be written";
    default:
        return "unknown status";
    }
}
