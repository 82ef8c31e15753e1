/* fake_rtm_c.c - libagora_rtm_sdk_c.so of the fake: hand-written functions of RTM. */
#include "fake.h"

int fake_rtm_loaded(void);
int fake_rtm_c_loaded(void);

int fake_rtm_c_loaded(void)
{
    return fake_rtm_loaded();
}
