/* SPDX-License-Identifier: Apache-2.0 */
#include "net/local_ip.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The higher, the better; 0 is of no use. */
enum rank { NONE, V6, PRIVATE_V4, PUBLIC_V4 };

static enum rank rank_v4(const uint8_t ip[4])
{
	if (ip[0] == 127 || ip[0] == 0)
		return NONE;
	if (ip[0] == 10 || (ip[0] == 172 && (ip[1] & 0xF0) == 16) || (ip[0] == 192 && ip[1] == 168))
		return PRIVATE_V4;
	return PUBLIC_V4;
}

/* docker0 and the like: the same address on many machines (NetworkUtil.isBridge). */
static bool is_bridge(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/net/%s/bridge", name);
	return access(path, F_OK) == 0;
}

static enum rank read_interface(const struct ifaddrs *i, struct rmqi_host *out)
{
	if (!i->ifa_addr || !(i->ifa_flags & IFF_UP) ||
	    (i->ifa_flags & (IFF_LOOPBACK | IFF_POINTOPOINT)) || is_bridge(i->ifa_name))
		return NONE;
	memset(out, 0, sizeof(*out));
	if (i->ifa_addr->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, i->ifa_addr, sizeof(in));
		memcpy(out->ip, &in.sin_addr, 4);
		return rank_v4(out->ip);
	}
	if (i->ifa_addr->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, i->ifa_addr, sizeof(in6));
		memcpy(out->ip, &in6.sin6_addr, 16);
		out->is_v6 = true;
		return IN6_IS_ADDR_LINKLOCAL(&in6.sin6_addr) ? NONE : V6;
	}
	return NONE;
}

void rmqi_local_ip(struct rmqi_host *out)
{
	struct ifaddrs *all = NULL;
	enum rank best = NONE;

	memset(out, 0, sizeof(*out));
	out->ip[0] = 127;
	out->ip[3] = 1;
	if (getifaddrs(&all) != 0)
		return;
	for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
		struct rmqi_host host;
		enum rank rank = read_interface(i, &host);

		/* Of several private addresses Java takes the last. */
		if (rank > best || (rank == PRIVATE_V4 && best == PRIVATE_V4)) {
			best = rank;
			*out = host;
		}
	}
	freeifaddrs(all);
}

void rmqi_local_ip_text(char *buf, size_t size)
{
	struct rmqi_host host;

	rmqi_local_ip(&host);
	if (!inet_ntop(host.is_v6 ? AF_INET6 : AF_INET, host.ip, buf, (socklen_t)size))
		snprintf(buf, size, "127.0.0.1");
}
