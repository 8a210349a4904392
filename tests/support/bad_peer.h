/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bad_peer.h - a TCP server that breaks the protocol in a way of one's choice.
 *
 * It serves on 127.0.0.1, on a thread of its own, any number of connections one after the other
 * and at once, until it is stopped.
 */
#ifndef TESTS_SUPPORT_BAD_PEER_H
#define TESTS_SUPPORT_BAD_PEER_H

#include <stddef.h>

enum bad_peer_kind {
	PEER_SILENT,         /* reads, never answers */
	PEER_CLOSES,         /* closes when it has accepted */
	PEER_CLOSES_LATER,   /* closes when the request has come */
	PEER_GARBAGE,        /* answers with bytes of no protocol */
	PEER_HTTP,           /* answers as a web server does */
	PEER_HUGE_FRAME,     /* announces a frame of 2 GiB */
	PEER_NEGATIVE_FRAME, /* announces a frame of -1 bytes */
	PEER_EMPTY_FRAME,    /* announces a frame without the header word */
	PEER_LONG_HEADER,    /* the header is longer than its frame */
	PEER_BAD_HEADER,     /* the header is no JSON */
	PEER_BAD_TYPE,       /* the header is of an unknown kind */
	PEER_HALF_FRAME,     /* announces a frame, sends half of it, stays silent */
	PEER_CUT_FRAME,      /* the same, then closes */
	PEER_OTHER_ANSWER,   /* a well-formed answer to something that nobody asked */
	PEER_KINDS
};

struct bad_peer;

/* NULL when it cannot be started. */
struct bad_peer *bad_peer_start(enum bad_peer_kind kind);
/* "127.0.0.1:port"; as long as the peer. */
const char *bad_peer_address(const struct bad_peer *p);
/* Connections accepted, and bytes received, until now. */
int bad_peer_connections(struct bad_peer *p);
size_t bad_peer_received(struct bad_peer *p);
void bad_peer_stop(struct bad_peer *p);
const char *bad_peer_kind_name(enum bad_peer_kind kind);

#endif
