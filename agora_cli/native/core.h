/* core.h - the native core's public header: what every part shares, then the parts.
 *
 * Rules that hold for every function here:
 * - the caller owns all memory; nothing is allocated on a frame's path and nothing is kept after return;
 * - there are no globals: a state machine's state is a struct of the caller's (but for crash.c, whose signal
 *   handler can be given nothing);
 * - every read is preceded by a length check, so any bytes whatever are safe input;
 * - a function that can fail returns a negative agora_status; its text comes from agora_status_text().
 *
 * The headers are read by cffi too (build.py): only declarations and `#define NAME <integer>`, no other
 * macro in a declaration.
 */
#ifndef AGORA_CORE_H
#define AGORA_CORE_H

#include <stddef.h>
#include <stdint.h>

enum agora_status {
    AGORA_OK = 0,
    AGORA_E_ARGUMENT = -1,        /* a parameter is out of its documented range */
    AGORA_E_TRUNCATED = -2,       /* the input ends inside a field or unit */
    AGORA_E_CAPACITY = -3,        /* the caller's buffer is too small */
    AGORA_E_LENGTH_SIZE = -4,     /* a NAL length size other than 1, 2 or 4 */
    AGORA_E_ZERO_NAL = -5,        /* a NAL unit of zero bytes */
    AGORA_E_BEYOND = -6,          /* a length points beyond its packet */
    AGORA_E_SYNTAX = -7,          /* a value that the standard forbids */
    AGORA_E_UNSUPPORTED = -8,     /* valid, but of a kind that this core does not read */
    AGORA_E_IO = -9               /* a file could not be made, written or closed: errno tells why */
};

/* One line of English, without a full stop, for any status: "NAL length points beyond the packet". Never NULL. */
const char *agora_status_text(int status);

#include "level.h"
#include "scan.h"
#include "sps.h"
#include "sets.h"
#include "extradata.h"
#include "annexb.h"
#include "slice.h"
#include "access_unit.h"
#include "codec.h"
#include "vad.h"
#include "vaddump.h"
#include "crash.h"

#endif
