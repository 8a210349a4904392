/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error.h - result codes, and the detail object that tells a failure's cause.
 *
 * Every fallible function returns an `enum rmq_error`. Functions that talk to
 * a cluster also take `rmq_error_detail **detail` as their last parameter: it
 * may be NULL (not wanted); on failure it receives an owned object with the
 * broker's code and remark and with each attempt that was made; on success it
 * receives NULL.
 *
 * Thread: a detail object is immutable after it was handed out.
 */
#ifndef ROCKETMQ_ERROR_H
#define ROCKETMQ_ERROR_H

#include <stddef.h>
#include <stdint.h>

#include <rocketmq/common.h>
#include <rocketmq/queue.h>

RMQ_BEGIN_DECLS

enum rmq_error {
	RMQ_OK = 0,
	RMQ_AGAIN = 1, /* not an error: nothing to hand out yet */

	/* The caller's side. */
	RMQ_ERR_INVALID_ARGUMENT = 10, /* NULL, out of range, illegal name */
	RMQ_ERR_STATE = 11,            /* not started, already started, closed */
	RMQ_ERR_CONFIG = 12,           /* unknown key or a value out of range */
	RMQ_ERR_NO_MEMORY = 13,        /* nothing was changed; the client goes on (doc/api.md) */
	RMQ_ERR_TOO_LARGE = 14,        /* over a named limit (body, frame, properties) */
	RMQ_ERR_BUSY = 15,             /* a bounded queue is full */
	RMQ_ERR_CANCELLED = 16,        /* the client was closed before the call ended */
	RMQ_ERR_TIMEOUT = 17,          /* no answer within the caller's time */
	RMQ_ERR_FORKED = 18,           /* it was made before a fork, and this is the child */
	RMQ_ERR_NO_REPLY = 19,         /* the request is stored, but no reply came in time */

	/* The network. */
	RMQ_ERR_ADDRESS = 30,         /* not host:port */
	RMQ_ERR_RESOLVE = 31,         /* the host name has no address */
	RMQ_ERR_CONNECT = 32,         /* refused, unreachable, connect timeout */
	RMQ_ERR_CONNECTION_LOST = 33, /* closed while an answer was awaited */
	RMQ_ERR_TLS = 34,             /* handshake or certificate */
	RMQ_ERR_PROTOCOL = 35,        /* the peer broke the format */

	/* The cluster. */
	RMQ_ERR_NO_NAMESRV = 50, /* no name server address is known */
	RMQ_ERR_NO_ROUTE = 51,   /* no name server knows the topic */
	RMQ_ERR_NO_BROKER = 52,  /* the route has no usable master */
	RMQ_ERR_BROKER = 53,     /* the peer answered with an error code: see the detail */
	RMQ_ERR_NOT_FOUND = 54,
	RMQ_ERR_UNSUPPORTED = 55, /* not built in, or not spoken by the peer */
	RMQ_ERR_DENIED = 56,      /* access control: no or wrong credentials, or no permission */
	/* Stored, but not as safely as asked (errorWhenNotStoreOK). */
	RMQ_ERR_WEAKLY_STORED = 57,
	RMQ_ERR_EXPIRED =
		58, /* a popped message: its invisible time is over, it is delivered again */

	/* Files. */
	RMQ_ERR_IO = 70,
	RMQ_ERR_LOCKED = 71,  /* another process holds the folder */
	RMQ_ERR_CORRUPT = 72, /* checksum or format of stored data */

	RMQ_ERR_SYSTEM = 90 /* a system call failed in a way not named above */
};

/* A short constant text such as "connection lost". Never NULL. */
RMQ_API const char *rmq_error_text(enum rmq_error code);

typedef struct rmq_error_detail rmq_error_detail;

enum rmq_error_flag {
	RMQ_ERROR_RETRIABLE = 1,   /* the same call may succeed later */
	RMQ_ERROR_FATAL = 2,       /* this client or call can never succeed */
	RMQ_ERROR_MAYBE_STORED = 4 /* a send may have been stored by a broker */
};

/* The result code of the call. */
RMQ_API enum rmq_error rmq_error_detail_code(const rmq_error_detail *d);
/* One readable sentence with the cause. Borrowed, as long as `d`. Never NULL: "no detail" of NULL, which
 * is what a failure leaves when memory was out for its detail. */
RMQ_API const char *rmq_error_detail_message(const rmq_error_detail *d);
/* Bits of enum rmq_error_flag. */
RMQ_API unsigned rmq_error_detail_flags(const rmq_error_detail *d);
/* The response code of the broker or name server (ResponseCode.java); -1 when none answered. */
RMQ_API int rmq_error_detail_broker_code(const rmq_error_detail *d);
/* The remark of that response, "" when there is none. Borrowed, as long as `d`. */
RMQ_API const char *rmq_error_detail_remark(const rmq_error_detail *d);

/* Of a send that failed: the id of its message (UNIQ_KEY), by which it can be looked for; "" when none was
 * made, or the failure is of something else. Borrowed, as long as `d`. */
RMQ_API const char *rmq_error_detail_message_id(const rmq_error_detail *d);
/* With RMQ_ERROR_MAYBE_STORED: the queue that it was last sent to without a word on what became of it.
 * Borrowed, as long as `d`. */
RMQ_API const struct rmq_queue *rmq_error_detail_queue(const rmq_error_detail *d);

/*
 * How far an attempt had come when it ended, in this order. Up to RMQ_PHASE_WRITE the peer has not
 * seen the request, and never will: what waits for a connection when its time is over is taken back.
 */
enum rmq_phase {
	RMQ_PHASE_COMPRESS, /* the body of a send: nobody was asked; the attempt has no address */
	RMQ_PHASE_RESOLVE,  /* the host name: nothing was sent */
	RMQ_PHASE_CONNECT,  /* to one of its addresses: nothing was sent */
	RMQ_PHASE_TLS,      /* the handshake: nothing of the request was sent */
	RMQ_PHASE_WRITE,    /* not all of the request was sent: the peer cannot have acted on it */
	RMQ_PHASE_WAIT,     /* sent, or being sent: the peer may have acted on it, no answer came */
	RMQ_PHASE_ANSWER    /* the peer answered; with a refusal, broker_code says which */
};

/* "compress", "resolve", "connect", "tls", "write", "wait", "answer". Never NULL. */
RMQ_API const char *rmq_phase_text(enum rmq_phase phase);

/* One try of one peer. Borrowed, as long as the detail. */
typedef struct rmq_attempt rmq_attempt;

/* Attempts in the order made. At most 16 are kept (the first 15 and the last). */
RMQ_API size_t rmq_error_detail_attempt_count(const rmq_error_detail *d);
/* NULL past the end. */
RMQ_API const rmq_attempt *rmq_error_detail_attempt_at(const rmq_error_detail *d, size_t index);
RMQ_API const char *rmq_attempt_address(const rmq_attempt *a); /* host:port; "" of NULL */
RMQ_API enum rmq_phase rmq_attempt_phase(const rmq_attempt *a);
RMQ_API enum rmq_error rmq_attempt_code(const rmq_attempt *a);
RMQ_API int rmq_attempt_broker_code(const rmq_attempt *a);    /* -1: no answer */
RMQ_API int64_t rmq_attempt_elapsed_ms(const rmq_attempt *a); /* of this attempt alone */

RMQ_API void rmq_error_detail_free(rmq_error_detail *d);

RMQ_END_DECLS

#endif
