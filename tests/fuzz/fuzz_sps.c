/* Any bytes as SPS and PPS of both codecs: what is accepted keeps its documented ranges. */
#include <stdlib.h>

#include "core.h"

#define MUST(truth) ((truth) ? (void)0 : abort())

static void check_sps(int codec, const uint8_t *data, size_t size)
{
    agora_sps sps;
    size_t where = 0;
    int status = agora_sps_parse(codec, data, size, &sps, &where);
    MUST(where <= size && status <= 0);
    if (status < 0)
        return;
    MUST(sps.id >= 0 && sps.id <= 31);
    MUST(sps.width > 0 && sps.width <= sps.coded_width && sps.coded_width <= 65536);
    MUST(sps.height > 0 && sps.height <= sps.coded_height && sps.coded_height <= 131072);
    MUST(sps.bit_depth_luma >= 8 && sps.bit_depth_luma <= 16);
    MUST(sps.poc_cycle >= 0 && sps.poc_cycle <= AGORA_SPS_POC_CYCLE);
    MUST(sps.reorder_most >= 0 && sps.reorder_most <= 16);
    MUST((sps.num_units_in_tick == 0) == (sps.time_scale == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    agora_pps pps;
    int id = 0;
    check_sps(AGORA_NAL_H264, data, size);
    check_sps(AGORA_NAL_H265, data, size);
    if (agora_pps_parse(data, size, &pps, &id) == AGORA_OK)
        MUST(pps.known == 1 && id >= 0 && id <= 255 && pps.sps_id <= 31 && pps.references[0] <= 32);
    return 0;
}
