/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net_ends.h - what net_bench measures against: a forked child that serves
 * (rmqi_server: every request is answered with its body), and a bare socket (one thread,
 * blocking, its frame encoded once).
 *
 * Any failure ends the program.
 */
#ifndef BENCH_NET_ENDS_H
#define BENCH_NET_ENDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "net/tls.h"

enum { NET_BODY = 128, NET_CODE = 999 };

struct net_raw {
	int fd;
	uint8_t frame[512];
	size_t len;
	uint8_t input[256 * 1024];
	size_t have;
};

extern char net_body[NET_BODY];    /* of every request */
extern const char *net_tls_folder; /* NULL: plain */

void net_die(const char *what);
/* NULL without a folder. */
struct rmqi_tls *net_make_tls(bool is_server);
/* `address` has room for RMQI_ADDRESS_MAX. The child ends when *end is closed. */
pid_t net_server_start(char *address, int *end);

void net_raw_open(struct net_raw *r, const char *address);
void net_raw_call(struct net_raw *r);
/* `window` in flight: whatever was answered is sent again, in one write. */
void net_raw_pipeline(struct net_raw *r, size_t total, size_t window);

#endif
