/* hevc_sps.h - the H.265 half of agora_sps_parse. Internal: cffi does not read it. */
#ifndef AGORA_HEVC_SPS_H
#define AGORA_HEVC_SPS_H

#include "core.h"

/* As agora_sps_parse, for an H.265 SPS; `*out` is already cleared. */
int agora_hevc_sps_parse(const uint8_t *nal, size_t size, agora_sps *out, size_t *where);

#endif
