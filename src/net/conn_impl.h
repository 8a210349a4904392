/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_impl.h - the connection from the inside: for conn*.c, rpc.c and server.c.
 *
 * Three roles decide who may touch what; conn.c says why that is safe.
 *
 *   loop     the stream, the dial, the timers, the user's pointer
 *   reader   the socket's input, `decoder`, `command`      (conn_reader.c, conn_input.c)
 *   writer   the socket's output, `sending`                (conn_output.c)
 *
 * Everything marked `mu` is under the connection's mutex, which is held for a
 * table operation or the encoding of one frame; never during a system call, a
 * callback or a log line; never together with another lock.
 */
#ifndef RMQI_NET_CONN_IMPL_H
#define RMQI_NET_CONN_IMPL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/list.h"
#include "base/log.h"
#include "base/macros.h"
#include "base/map.h"
#include "base/thread.h"
#include "codec/command.h"
#include "codec/frame.h"
#include "net/conn.h"
#include "net/dial.h"
#include "net/loop.h"
#include "net/rpc.h"
#include "net/spin.h"
#include "net/stream.h"

enum rmqi_conn_state {
	RMQI_CONN_OPENING, /* requests are queued */
	RMQI_CONN_OPEN,
	RMQI_CONN_CLOSING, /* nothing is accepted any more; the loop will clean up */
	RMQI_CONN_CLOSED   /* on_closed was called; only memory is left */
};

enum rmqi_conn_reader {
	RMQI_READER_LOOP,   /* the loop reads when its event says so, or is about to watch */
	RMQI_READER_VACANT, /* nobody: the next synchronous caller will */
	RMQI_READER_CALLER  /* one synchronous caller */
};

/* What a loop has to do for a connection. */
enum {
	RMQI_WORK_START = 1,    /* dial */
	RMQI_WORK_FLUSH = 2,    /* write what is queued */
	RMQI_WORK_WATCH = 4,    /* look again at who reads */
	RMQI_WORK_ARM = 8,      /* a deadline is earlier than the armed one */
	RMQI_WORK_CLOSE = 16,   /* state is CLOSING */
	RMQI_WORK_DELIVER = 32, /* handle what callers have read for the loop */
	RMQI_WORK_FINISH = 64,  /* the last borrower of the descriptor has left */
	RMQI_WORK_ALIVE = 128,  /* the peer was silent and has sent something */
	RMQI_WORK_SILENT = 256  /* look whether the peer is gone */
};

enum {
	RMQI_PIECE_SIZE = 2 * sizeof(uint64_t), /* of `given_up` */
	RMQI_TIMEOUT_CLASSES = 32,              /* powers of two of milliseconds */
	RMQI_CONN_READ_SIZE = 64 * 1024         /* asked of the socket at once */
};

/* What differs between the two sides. on_response runs on the thread that completes the call: the loop
 * for an asynchronous one, the one that reads for a synchronous one. All else on the loop. Any may be
 * NULL. */
struct rmqi_conn_role {
	void (*on_open)(struct rmqi_conn *c);
	void (*on_request)(struct rmqi_conn *c, const struct rmqi_command *request);
	void (*on_response)(struct rmqi_conn *c, int32_t request_code,
			    const struct rmqi_command *response);
	void (*on_alive)(struct rmqi_conn *c); /* a call had timed out, and now something came */
	void (*on_closed)(struct rmqi_conn *c, enum rmq_error reason); /* the last one */
};

struct rmqi_conn_config {
	struct rmqi_loop *loop;
	const struct rmqi_log *log;
	const struct rmqi_conn_role *role;
	void *owner;
	enum rmqi_serialization serialization; /* of requests that this side originates */
	int64_t idle_timeout_ms;
	size_t output_max;  /* 0: RMQI_CONN_OUTPUT_MAX */
	size_t pending_max; /* 0: RMQI_CONN_PENDING_MAX */
	size_t pause_at;        /* server; 0: RMQI_CONN_PAUSE_AT */
	unsigned in_flight_max; /* server; 0: RMQI_CONN_IN_FLIGHT_MAX */
	int64_t partial_ms;     /* 0: RMQI_CONN_PARTIAL_MS */
	int32_t version;    /* that this side says it is (MQVersion.java) */
	bool is_server;
	/* Client only. */
	const char *address; /* copied */
	struct rmqi_tls *tls;
	struct rmqi_resolver *resolver;
	int64_t connect_timeout_ms;
	int64_t spin_us;
};

struct rmqi_conn {
	_Atomic unsigned refs;
	struct rmqi_conn_config config; /* immutable */
	const struct rmqi_env *env;
	char *address; /* immutable, owned; the peer's text on a server */
	void *owner;
	struct rmqi_list owner_link; /* the owner's */

	/* loop */
	struct rmqi_dial *dial;
	struct rmqi_stream *stream;
	bool was_open;
	bool wants_read;
	bool wants_write;
	bool is_held;          /* rmqi_conn_hold */
	bool is_paused;        /* server: the peer does not take its answers */
	unsigned in_flight;    /* server: requests of the peer without an answer */
	bool is_gathering;     /* server: what was read is being handled */
	struct rmqi_buf gathered; /* answers of this, on their way to `out` (conn_output.c) */
	int64_t idle_armed_us; /* what idle_timer was set to */
	void *user;
	struct rmqi_filter *filter;    /* borrowed; NULL almost always */
	struct rmqi_timer call_timer;  /* the earliest deadline of asynchronous calls */
	struct rmqi_timer quiet_timer; /* while callers read */
	struct rmqi_timer idle_timer;  /* idle and partial-frame limits */
	uint64_t quiet_seen;
	char peer_text[64];
	struct rmqi_host peer;
	struct rmqi_host local;
	bool is_tls;
	int fd; /* set before OPEN, then fixed; -1: only the loop reads and writes */

	/* reader */
	struct rmqi_frame_decoder decoder;
	bool has_heard; /* a whole frame has come */
	struct rmqi_command command;
	struct rmqi_spin spin;

	/* writer */
	struct rmqi_buf sending;

	_Atomic int64_t last_io_us;
	_Atomic int64_t heard_us; /* when bytes came last */
	_Atomic int state;        /* written under mu */
	_Atomic int phase;        /* of opening; RMQ_PHASE_WRITE when open */
	_Atomic int serialization;
	_Atomic bool is_output_high; /* server: over RMQI_CONN_PAUSE_AT */
	_Atomic bool is_draining;    /* close when no call is pending */
	_Atomic bool is_aborted;     /* close with a reset */
	_Atomic bool is_silent;      /* a call timed out, and nothing has come since */

	struct rmqi_mutex mu;
	/* mu, all below */
	enum rmqi_conn_reader reader; /* changed by conn_reader.c only */
	bool is_writing;              /* somebody has the writer role */
	bool loop_is_reading; /* in state LOOP of the reader: right now, not just watching */
	bool loop_wants_read; /* an asynchronous call came while a caller read */
	bool is_watched;      /* the loop's read event is added (written by it) */
	unsigned beside;      /* how often a caller gave the role back while it was */
	bool is_torn;         /* the loop has cleaned up, but for the descriptor (written by it) */
	unsigned borrowers;   /* threads other than the loop that use the descriptor */
	unsigned work;
	bool is_work_posted;
	struct rmqi_task work_task;
	struct rmqi_buf out;
	struct rmqi_buf given_up;   /* pieces of `out` that must not be sent (conn_output.c) */
	uint64_t queued;            /* bytes ever appended */
	uint64_t written;           /* bytes ever taken by the stream */
	struct rmqi_list unwritten; /* struct rmqi_written, by their ends */
	struct rmqi_imap calls;     /* by opaque */
	struct rmqi_imap
		traced; /* trace.c: the peer's requests without an answer yet; empty without it */
	size_t async_count;                                /* of calls: the asynchronous ones */
	struct rmqi_list by_timeout[RMQI_TIMEOUT_CLASSES]; /* async calls, by deadline */
	uint32_t classes;                                  /* bit set: by_timeout is not empty */
	int64_t armed_us;                                  /* what call_timer was set to */
	struct rmqi_list followers; /* sync calls that wait without reading */
	struct rmqi_list carried;   /* frames on their way to the loop */
	struct rmqi_list unkept;    /* calls whose answer found no memory on that way */
	uint64_t sync_count;        /* sync calls ever begun */
	int32_t next_opaque;
	bool is_opaque_reused;    /* the numbers have begun again: one may still be awaited */
	unsigned silent_calls;    /* ended by timeout, since bytes came last (conn_silence.c) */
	int64_t silent_since_us;  /* when the first of them was sent */
	int64_t partial_since_us; /* 0: no unfinished frame */
	enum rmq_error reason;    /* set with CLOSING */
	char reason_text[RMQI_REASON_MAX];
};

/* --- conn.c: life --------------------------------------------------------------------- */

/* OPENING, one ref for the caller; _start or _accept must follow. Thread: any. */
enum rmq_error rmqi_conn_new(const struct rmqi_conn_config *config,
			     struct rmqi_conn **out) RMQI_MUST_USE;
/* Frees one that nobody else knows, instead of starting it. */
void rmqi_conn_discard(struct rmqi_conn *c);
/* Client: dials; on_closed will be called. Once. Thread: any. */
void rmqi_conn_start(struct rmqi_conn *c);
/* Server: OPEN on this stream (moved); on_open and on_closed will be called. Thread: loop. */
void rmqi_conn_accept(struct rmqi_conn *c, struct rmqi_stream *s);
/* Like rmqi_conn_close, with the sentence for logs and details. */
void rmqi_conn_close_why(struct rmqi_conn *c, enum rmq_error reason, const char *format, ...)
	RMQI_PRINTF(3, 4);
/* Closes when the last pending call is done; new ones are accepted until then. */
void rmqi_conn_drain(struct rmqi_conn *c);
static inline bool rmqi_conn_is_closing(const struct rmqi_conn *c)
{
	return atomic_load_explicit(&c->state, memory_order_relaxed) >= RMQI_CONN_CLOSING;
}
/* A thread other than the loop stops using the descriptor. @locks: mu held; as add_work */
bool rmqi_conn_return_fd(struct rmqi_conn *c) RMQI_MUST_USE;
/* Looks at the idle timer again because a partial frame is there. @thread: loop */
void rmqi_conn_guard_partial(struct rmqi_conn *c, int64_t since_us);
/* The same because the input holds much memory: when nothing comes for a second it is given back (a decoder
 * gives it back only while frames come). @thread: loop */
void rmqi_conn_guard_memory(struct rmqi_conn *c);
/* What calls get when the connection is gone. */
enum rmq_error rmqi_conn_call_error(const struct rmqi_conn *c);
/* Tells the stream which events are wanted; one that cannot tell them is lost. @thread: loop */
void rmqi_conn_want(struct rmqi_conn *c);
/* Adds work for the loop. @locks: mu held; true: call rmqi_conn_post_work after unlocking. */
bool rmqi_conn_add_work(struct rmqi_conn *c, unsigned work) RMQI_MUST_USE;
void rmqi_conn_post_work(struct rmqi_conn *c);
void rmqi_conn_touch(struct rmqi_conn *c); /* notes that bytes moved */

/* --- conn_silence.c --------------------------------------------------------------------- */

/* Bytes came. Thread: who reads. */
void rmqi_conn_heard(struct rmqi_conn *c);
/* Has the input more memory than a read needs? @thread: who has the role of the reader, or the loop with mu held
 * while nobody else can take it */
static inline bool rmqi_conn_has_much(const struct rmqi_conn *c)
{
	return c->decoder.input.cap > RMQI_CONN_READ_SIZE;
}
/* The call ended by timeout, its phase is set. True: the peer may be gone, the loop is to look.
 * @locks: mu held */
bool rmqi_conn_note_timeout(struct rmqi_conn *c, const struct rmqi_call *call) RMQI_MUST_USE;
/* Closes it if the peer is gone. @thread: loop */
void rmqi_conn_check_silence(struct rmqi_conn *c);

/* --- conn_calls.c: the table of pending calls -------------------------------------------- */

struct rmqi_sync_call {
	struct rmqi_call call;
	struct rmqi_response *response; /* may be NULL */
	struct rmqi_cond cond;          /* with mu */
	enum rmq_error error;
	bool is_pending;  /* mu: in the table */
	bool is_done;     /* mu: error and response are set */
	bool is_reader;   /* mu: has the reader role */
	bool is_answered; /* own thread: it has read the answer itself */
	bool saw_silence; /* mu: the loop is to look whether the peer is gone */
	/* Simulation: an asynchronous call and an event. */
	struct rmqi_event event;
};

/* How a call ended. */
struct rmqi_outcome {
	enum rmq_error error;
	enum rmq_phase phase;
	char reason[RMQI_REASON_MAX]; /* "" when the phase says it all */
	bool was_accepted;            /* false: the connection refused it, nothing was sent */
};

/* A synchronous call. Thread: any but the loop. */
enum rmq_error rmqi_conn_call_sync(struct rmqi_conn *c, const struct rmqi_outgoing *request,
				   int64_t deadline_us, struct rmqi_response *response,
				   struct rmqi_outcome *out) RMQI_MUST_USE;
/* Takes the call out of the table; NULL: none of this opaque. @locks: mu held */
struct rmqi_call *rmqi_conn_take_call(struct rmqi_conn *c, int32_t opaque);
/* Completes a call that was taken, with the answer; an asynchronous one on the loop only. `self` is the
 * caller that has read it, NULL the loop. */
void rmqi_conn_answer_call(struct rmqi_conn *c, struct rmqi_call *call,
			   const struct rmqi_frame *frame, const struct rmqi_command *response,
			   struct rmqi_sync_call *self);
/* Completes a call that was taken, with an error. @thread: loop */
void rmqi_conn_fail_call(struct rmqi_conn *c, struct rmqi_call *call, enum rmq_phase phase,
			 enum rmq_error error);
bool rmqi_conn_is_sync(const struct rmqi_call *call);
/* Completes all with the connection's reason. Thread: loop. */
void rmqi_conn_fail_calls(struct rmqi_conn *c);
/* @thread: loop */
void rmqi_conn_arm_calls(struct rmqi_conn *c);
void rmqi_conn_on_call_timer(struct rmqi_timer *t);

/* --- conn_output.c -------------------------------------------------------------------------- */

/* Encodes a frame into `out`. @locks: mu held */
enum rmq_error rmqi_conn_append(struct rmqi_conn *c, const struct rmqi_command_meta *meta,
				const struct rmqi_outgoing *o) RMQI_MUST_USE;
/* A server handles what it has read: its answers gather, without the mutex, until _end, or until there is enough
 * for a write. @thread: loop @locks: none */
void rmqi_conn_gather_begin(struct rmqi_conn *c);
void rmqi_conn_gather_end(struct rmqi_conn *c);
/* Does an answer go there? Thread: any. */
static inline bool rmqi_conn_gathers(const struct rmqi_conn *c)
{
	return c->config.is_server && rmqi_loop_is_current(c->config.loop) && c->is_gathering;
}
/* @thread: loop, while it gathers @locks: none */
enum rmq_error rmqi_conn_gather(struct rmqi_conn *c, const struct rmqi_command_meta *meta,
				const struct rmqi_outgoing *o) RMQI_MUST_USE;
/* Nobody wants the answer of this request any more: it will not be sent. False: too late, it is being
 * sent. @locks: mu held */
bool rmqi_conn_take_back(struct rmqi_conn *c, const struct rmqi_call *call) RMQI_MUST_USE;
/* Takes the writer role for a caller and encodes the frame's head into `sending`; RMQ_AGAIN: not
 * now, append instead. @locks: mu held */
enum rmq_error rmqi_conn_begin_direct(struct rmqi_conn *c, const struct rmqi_command_meta *meta,
				      const struct rmqi_outgoing *o) RMQI_MUST_USE;
/* Writes head and body and gives the role back. @locks: none */
void rmqi_conn_write_direct(struct rmqi_conn *c, const struct rmqi_outgoing *o);
/* Writes what is queued, and goes on with a connection that was paused for it. @thread: loop */
void rmqi_conn_flush(struct rmqi_conn *c);
/* Has so much gathered that the loop should not wait for the end of its wake-up? False on any other
 * thread. @locks: mu held */
bool rmqi_conn_is_flush_due(const struct rmqi_conn *c) RMQI_MUST_USE;
/* Writes what is queued, unless the socket is full. The work FLUSH is added all the same. Calls nobody but those who
 * wait for what is written (struct rmqi_written), so it may be used within a handler. @thread: loop @locks: none */
void rmqi_conn_flush_early(struct rmqi_conn *c);
/* Who waits for the one-way request that was just appended. @locks: mu held */
void rmqi_conn_await_written(struct rmqi_conn *c, struct rmqi_written *w);
/* It is closed: what is left will not be written. @thread: loop @locks: none */
void rmqi_conn_fail_unwritten(struct rmqi_conn *c);
size_t rmqi_outgoing_body_len(const struct rmqi_outgoing *o);

/* --- conn_reader.c: who reads ------------------------------------------------------------------ */

/* Makes a synchronous caller the reader, if it may be or is; false: wait. @locks: mu held */
bool rmqi_reader_take(struct rmqi_conn *c, struct rmqi_sync_call *self) RMQI_MUST_USE;
/* The caller that reads has read enough. @locks: none */
void rmqi_reader_leave(struct rmqi_conn *c, struct rmqi_sync_call *self);
/* An asynchronous call was made: the loop is to read. Returns work for it. @locks: mu held */
unsigned rmqi_reader_call_loop(struct rmqi_conn *c) RMQI_MUST_USE;
/* The loop uses the input from here to _end; false: a caller does. @thread: loop @locks: mu held */
bool rmqi_reader_begin(struct rmqi_conn *c) RMQI_MUST_USE;
void rmqi_reader_end(struct rmqi_conn *c);
/* The loop has read for synchronous callers: from now on they do, if it has nothing else to read for.
 * @thread: loop @locks: none */
void rmqi_reader_step_back(struct rmqi_conn *c);
/* Has a caller read what woke the loop? Then it is as if the loop had read it. @locks: none */
bool rmqi_reader_was_beaten(struct rmqi_conn *c);
/* Watches the socket or not, as `reader` says. @thread: loop @locks: none */
void rmqi_reader_watch(struct rmqi_conn *c);
void rmqi_reader_on_quiet(struct rmqi_timer *t);

/* --- conn_carry.c ----------------------------------------------------------------------------- */

/* Brings a frame that a caller has read to the loop: the answer to `call`, which was taken, or a
 * request of the peer (`call` NULL). An answer is always RMQ_OK: without memory for it the call ends
 * with that error, on the loop, too. Thread: who has the reader role. */
enum rmq_error rmqi_conn_carry(struct rmqi_conn *c, const struct rmqi_frame *f,
			       struct rmqi_call *call) RMQI_MUST_USE;
/* Handles what was carried so far. @thread: loop */
void rmqi_conn_deliver(struct rmqi_conn *c);

/* --- conn_filter.c; @thread: loop -------------------------------------------------------------- */

/* Lets go of the filter, if there is one. */
void rmqi_conn_drop_filter(struct rmqi_conn *c);
/* How many bytes may be read at once, of so many. */
size_t rmqi_filter_room(const struct rmqi_filter *f, size_t room);
/* How many of the bytes that came go on. */
size_t rmqi_filter_input(struct rmqi_filter *f, uint8_t *bytes, size_t len);
/* Has a piece just left? Then the next one waits. */
bool rmqi_filter_must_wait(const struct rmqi_filter *f);
/* Shows what is new in `sending`; returns how many bytes of it are lost. */
size_t rmqi_filter_output(struct rmqi_filter *f);
/* How many bytes may be written at once, of so many. */
size_t rmqi_filter_piece(const struct rmqi_filter *f, size_t len);
/* So many were taken; true: the rest follows by itself. */
bool rmqi_filter_wrote(struct rmqi_filter *f, size_t n);

/* --- conn_input.c ----------------------------------------------------------------------------- */

/* @thread: loop */
void rmqi_conn_on_readable(struct rmqi_conn *c);
/* @thread: loop */
void rmqi_conn_handle_request(struct rmqi_conn *c, const struct rmqi_command *request);
/* "REQUEST_CODE_NOT_SUPPORTED", if it wants an answer. */
void rmqi_conn_answer_unsupported(struct rmqi_conn *c, const struct rmqi_command *request);
/* A paused server connection goes on with what it has read. @thread: loop */
void rmqi_conn_resume(struct rmqi_conn *c);
/* Reads until the call is done or its deadline has come; then gives the role on. The caller has the
 * reader role. @locks: none */
void rmqi_conn_read_as_caller(struct rmqi_conn *c, struct rmqi_sync_call *self);

#endif
