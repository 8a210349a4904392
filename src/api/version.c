/* SPDX-License-Identifier: Apache-2.0 */
#include <rocketmq/version.h>

const char *rmq_version(void)
{
	return RMQ_VERSION_STRING;
}
