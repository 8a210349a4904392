/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream.h - bytes both ways over tcp, tls or an in-process pair: one interface.
 *
 * A stream is born connected. Only a TLS stream has something to do first: it
 * shakes hands and then says READY, or FAILED with `error` and `reason`. From
 * then on READABLE and WRITABLE come, level-triggered, while they are wanted.
 * The end of the stream and errors show in read and writev.
 *
 *     connect (dial.h) or accept (listener.h) -> stream -> conn.h, or another protocol
 *
 * A stream may be closed from within its callback only on FAILED and on READY.
 *
 * Thread: loop.
 */
#ifndef RMQI_NET_STREAM_H
#define RMQI_NET_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "codec/message.h"
#include "net/loop.h"
#include "net/tls.h"

enum rmqi_stream_event {
	RMQI_STREAM_READY,
	RMQI_STREAM_READABLE,
	RMQI_STREAM_WRITABLE,
	RMQI_STREAM_FAILED
};

enum {
	RMQI_REASON_MAX = 256, /* bytes of a sentence with its NUL */
	/* Sent bytes that are not acknowledged for so long: the peer is gone (TCP_USER_TIMEOUT). Without
	 * it a peer that vanished, with its machine or its network, is noticed after a quarter of an hour. */
	RMQI_STREAM_DEAD_MS = 30 * 1000
};

struct rmqi_stream;

struct rmqi_stream_ops {
	/* RMQ_OK: *n bytes came, 0 means the peer has ended the stream. RMQ_AGAIN: none now.
	 * Anything else: the stream is lost, s->reason says why. */
	enum rmq_error (*read)(struct rmqi_stream *s, uint8_t *buf, size_t cap, size_t *n);
	/* RMQ_OK: *n > 0 bytes were taken, maybe not all. RMQ_AGAIN: none now. */
	enum rmq_error (*writev)(struct rmqi_stream *s, const struct iovec *iov, int count,
				 size_t *n);
	/* Which events are to come. An error: they will not, the stream is lost, s->reason says why. */
	enum rmq_error (*want)(struct rmqi_stream *s, bool read, bool write);
	/* No event follows; frees. What was taken is still sent if the transport can do so without
	 * waiting. */
	void (*close)(struct rmqi_stream *s);
	/* Closes without ceremony: the peer sees a reset if the transport knows one. */
	void (*abort)(struct rmqi_stream *s);
};

struct rmqi_stream {
	const struct rmqi_stream_ops *ops;
	struct rmqi_loop *loop;
	void (*fn)(struct rmqi_stream *s, enum rmqi_stream_event event); /* set by the user */
	void *arg;
	int fd; /* a plain socket that another thread may read and write too; else -1 */
	bool is_tls;
	struct rmqi_host local;
	struct rmqi_host peer;
	enum rmq_error error;         /* of FAILED */
	char reason[RMQI_REASON_MAX]; /* of the last error */
};

/* `fd` is a connected, non-blocking socket: moved. */
enum rmq_error rmqi_stream_tcp_new(struct rmqi_loop *l, int fd,
				   struct rmqi_stream **out) RMQI_MUST_USE;
/* The same; starts the handshake. `host` is the name to verify (client). */
enum rmq_error rmqi_stream_tls_new(struct rmqi_loop *l, int fd, struct rmqi_tls *tls,
				   const char *host, struct rmqi_stream **out) RMQI_MUST_USE;

/* Helpers of tcp and tls. */
void rmqi_stream_tune(int fd);                        /* socket options */
void rmqi_stream_name(struct rmqi_stream *s, int fd); /* fills local and peer */
void rmqi_host_of_sockaddr(const struct sockaddr *sa, struct rmqi_host *out);
/* "Connection reset by peer"; thread-safe. */
const char *rmqi_errno_text(int code, char *buf, size_t size);
enum rmq_error rmqi_stream_lost(struct rmqi_stream *s, int code);

#endif
