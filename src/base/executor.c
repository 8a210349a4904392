/* SPDX-License-Identifier: Apache-2.0 */
#include "base/executor.h"

static struct rmqi_env real_env;
static pthread_once_t real_env_once = PTHREAD_ONCE_INIT;

static void make_real_env(void)
{
	real_env = (struct rmqi_env){.clock = rmqi_clock_real()};
}

const struct rmqi_env *rmqi_env_real(void)
{
	pthread_once(&real_env_once, make_real_env);
	return &real_env;
}
