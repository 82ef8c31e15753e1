/* The fast start-code scan against its portable twin from every early position, and the NAL list against its terms. */
#include <stdlib.h>
#include <string.h>

#include "core.h"

#define MUST(truth) ((truth) ? (void)0 : abort())

static void check_list(int codec, const uint8_t *data, size_t size)
{
    size_t position = 0, behind = 0;
    agora_nal nal;
    while (agora_nal_next(codec, data, size, &position, &nal)) {
        MUST(nal.offset >= behind + 3 && nal.length >= 1 && nal.offset + nal.length <= size);
        MUST(memcmp(data + nal.offset - 3, "\0\0\1", 3) == 0);
        MUST(data[nal.offset + nal.length - 1] != 0);
        MUST(agora_scan_start_code_portable(data, nal.offset + nal.length, nal.offset) == nal.offset + nal.length);
        MUST(position == size || memcmp(data + position, "\0\0\1", 3) == 0);
        behind = nal.offset + nal.length;
        int32_t count = 0;
        agora_nal_recovery_point(codec, data + nal.offset, nal.length, &count);
    }
    MUST(position == size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (size_t from = 0; from < 70 && from <= size; from++)
        MUST(agora_scan_start_code(data, size, from) == agora_scan_start_code_portable(data, size, from));
    check_list(AGORA_NAL_H264, data, size);
    check_list(AGORA_NAL_H265, data, size);
    return 0;
}
