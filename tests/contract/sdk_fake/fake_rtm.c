/* fake_rtm.c - libagora_rtm_sdk.so of the fake: what libagora_rtm_sdk_c.so needs to load. */
#include "fake.h"

int fake_rtm_loaded(void);

int fake_rtm_loaded(void)
{
    return 1;
}
