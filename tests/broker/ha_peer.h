/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ha_peer.h - one end of a replication, byte by byte: it says what a test tells it to.
 *
 * Runs on the loop of a peer (rig.h), under virtual time.
 */
#ifndef TESTS_BROKER_HA_PEER_H
#define TESTS_BROKER_HA_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/listener.h"
#include "net/resolve.h"
#include "tests/broker/rig.h"

enum { HA_KEPT = 1024 * 1024 };

struct ha_peer {
	struct peer *peer;
	struct rmqi_resolver resolver;
	struct rmqi_listener *listener; /* as a master */
	struct rmqi_stream *stream;     /* NULL: not connected */
	bool is_over;                   /* the other side has closed */
	int arrivals;                   /* as a master: of slaves so far */
	size_t len;
	uint8_t bytes[HA_KEPT]; /* what came */
	struct rmqi_cursor out; /* to be sent */
	const char *address;
};

/* As a slave: connects, and fails the test if it cannot. */
struct ha_peer *ha_peer_connect(struct peer *p, const char *address);
/* As a master, on that address of the simulation. */
struct ha_peer *ha_peer_listen(struct peer *p, uint16_t port);
void ha_peer_free(struct ha_peer *h);
/* Sends, and lets what follows from it happen. */
void ha_peer_send(struct ha_peer *h, const void *bytes, size_t len);
void ha_peer_report(struct ha_peer *h, int64_t offset);
void ha_peer_frame(struct ha_peer *h, int64_t offset, int32_t size, const void *body, size_t len);
/* Forgets what came, and reads on: a peer takes HA_KEPT bytes and then no more. Returns how many came. */
size_t ha_peer_read_on(struct ha_peer *h);
/* What came as reports of a slave, the last one. */
int64_t ha_peer_reported(const struct ha_peer *h);

#endif
