/* extradata.h - decoder configuration records: avcC and hvcC (ISO/IEC 14496-15, 5.3.3.1 and 8.3.3.1). */
#ifndef AGORA_EXTRADATA_H
#define AGORA_EXTRADATA_H

/* List the NAL units inside codec extradata. It is avcC or hvcC if its first byte is 1 (configurationVersion), else
 * it must be Annex-B or empty. `*length_size` becomes 1, 2 or 4, and 0 for Annex-B. Returns their number; more than
 * `capacity` is AGORA_E_UNSUPPORTED. On failure `*where` is the byte. Linear. */
int agora_extradata_list(int codec, const uint8_t *extradata, size_t size, agora_nal *out, size_t capacity,
                         int32_t *length_size, size_t *where);

/* Write avcC or hvcC with length size 4 from stored sets; returns its bytes. AGORA_E_ARGUMENT when a SPS or PPS (or
 * VPS) is missing, AGORA_E_CAPACITY when `capacity` is too small: AGORA_SETS_BYTES + 2048 always is enough. */
int agora_extradata_build(const agora_sets *sets, uint8_t *out, size_t capacity);

#endif
