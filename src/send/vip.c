/* SPDX-License-Identifier: Apache-2.0 */
#include "send/vip.h"

enum { BELOW = 2 };

const char *rmqi_vip_address(bool is_vip, const char *address, char buf[RMQI_ADDRESS_MAX])
{
	struct rmqi_address a;

	if (!is_vip || rmqi_address_parse(rmqi_str(address), &a) != RMQ_OK || a.port <= BELOW)
		return address;
	a.port -= BELOW;
	return rmqi_address_text(&a, buf, RMQI_ADDRESS_MAX);
}
