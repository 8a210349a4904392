/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/version.h"

#include <stdio.h>

enum { V4_0_0 = 213, V5_0_0 = 413, V6_0_0 = 613 };

/* Each minor has room for ten releases, a snapshot before each of them. */
const char *rmqi_version_text(int32_t version, char buf[RMQI_VERSION_SIZE])
{
	int major = version < V5_0_0 - 1 ? 4 : 5;
	int at;

	if (version <= 0)
		snprintf(buf, RMQI_VERSION_SIZE, "unknown");
	else if (version < V4_0_0 - 1)
		snprintf(buf, RMQI_VERSION_SIZE, "3.x");
	else if (version >= V6_0_0 - 1)
		snprintf(buf, RMQI_VERSION_SIZE, "higher than 5.9.9");
	else {
		at = (int)version - (major == 4 ? V4_0_0 - 1 : V5_0_0 - 1);
		snprintf(buf, RMQI_VERSION_SIZE, "%d.%d.%d", major, at / 20, at % 20 / 2);
	}
	return buf;
}
