/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/acl/source_ip.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/mem.h"

struct range {
	bool is_v6;
	uint8_t ip[16];
	unsigned bits; /* that count */
};

static bool read(struct rmqi_str text, struct range *r)
{
	struct rmqi_str head, tail;
	char address[64];
	bool has_bits;
	int32_t bits = 0;

	tail = rmqi_str_cut(text, "/", &head, &has_bits);
	if (head.len == 0 || head.len >= sizeof(address) || memchr(head.ptr, 0, head.len))
		return false;
	rmqi_memcpy(address, head.ptr, head.len);
	address[head.len] = 0;
	r->is_v6 = strchr(address, ':') != NULL;
	if (inet_pton(r->is_v6 ? AF_INET6 : AF_INET, address, r->ip) != 1)
		return false;
	r->bits = r->is_v6 ? 128 : 32;
	if (!has_bits)
		return true;
	if (!rmqi_str_to_i32(tail, &bits) || bits < 0 || (unsigned)bits > r->bits)
		return false;
	r->bits = (unsigned)bits;
	return true;
}

bool mb_source_ip_is_valid(struct rmqi_str text)
{
	struct range r;

	return read(text, &r);
}

bool mb_source_ip_has(struct rmqi_str text, const struct rmqi_host *peer)
{
	struct range r;
	unsigned rest;

	if (!read(text, &r) || r.is_v6 != peer->is_v6 || memcmp(r.ip, peer->ip, r.bits / 8) != 0)
		return false;
	rest = r.bits % 8;
	return rest == 0 || (r.ip[r.bits / 8] ^ peer->ip[r.bits / 8]) >> (8 - rest) == 0;
}
