/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faults.h - the stages of a request at which something else may happen.
 *
 *     RECEIVED --decode--> APPLY --handler--> APPLIED --> RESPONSE --> sent
 *         node.c (on_request)                  ticket.c (mb_answer)
 *
 *     RECEIVED   a frame came; nobody has looked at its header
 *     APPLY      code and header are good, the handler is about to run
 *     APPLIED    the handler has done its work and has an answer: what a lost answer leaves behind.
 *                One-way requests pass it, too; those that were never applied (an unknown code, a
 *                header that cannot be read) do not
 *     RESPONSE   this is what the client is about to get
 *
 * At each stage one hook of the node is asked. It may change what the passage
 * points to, answer itself, close the connection, and say whether the request goes
 * on. A request that is kept (a held pull, a put that waits) passes the last two
 * stages whenever it is answered. No handler knows of it. Without a hook a stage
 * costs one test.
 *
 * Thread: loop.
 */
#ifndef MB_FAULTS_H
#define MB_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

struct mb_ticket;
struct rmqi_command;
struct rmqi_conn;
struct rmqi_header_desc;
struct rmqi_outgoing;

enum mb_stage { MB_STAGE_RECEIVED, MB_STAGE_APPLY, MB_STAGE_APPLIED, MB_STAGE_RESPONSE };

/* A request at a stage. All is borrowed during the call. */
struct mb_passage {
	enum mb_stage stage;
	/* Its `rule` and `fault` are the hook's; they are handed on to the later stages. */
	struct mb_ticket *ticket;
	/* RECEIVED and APPLY. */
	const struct rmqi_command *command;
	/* APPLY: NULL when the request has no header. */
	const struct rmqi_header_desc *desc;
	const void *header;
	/* RECEIVED and APPLY, of a hook that says false: more than 0, and the request goes on behind this stage after so
	 * long. */
	int64_t wait_ms;
	/* APPLIED and RESPONSE. In RESPONSE it may be changed. */
	struct rmqi_outgoing *response;
	/* RESPONSE: it leaves after so long. */
	int64_t delay_ms;
	/* RESPONSE, of a hook that says false: it has the answer and sends it itself, after delay_ms, and calls
	 * rmqi_conn_unanswered then. Otherwise there is no answer. */
	bool is_kept;
};

struct mb_faults {
	/* NULL, or while it is true no stage is asked: the hook stands ready and costs nothing. */
	const bool *is_idle;
	/* False: the request ends here. In RECEIVED and APPLY the handler does not run (an answer of the
	 * hook's own passes RESPONSE only); in APPLIED and RESPONSE nothing is sent. Answers that the
	 * hook gives in RESPONSE are sent as they are. */
	/* Who stops a two-way request before MB_STAGE_APPLIED and answers nothing calls mb_answer_nothing. */
	bool (*on_stage)(struct mb_faults *f, struct mb_passage *p);
	/* A connection of the node has opened, before its first byte was read; here its bytes may be given
	 * a filter (net/filter.h). It has closed, and let go of the filter. Either may be NULL. */
	void (*on_open)(struct mb_faults *f, struct rmqi_conn *c);
	void (*on_closed)(struct mb_faults *f, struct rmqi_conn *c);
};

/* Is there anybody to ask? */
static inline bool mb_faults_are_on(const struct mb_faults *f)
{
	return f && !(f->is_idle && *f->is_idle);
}

#endif
