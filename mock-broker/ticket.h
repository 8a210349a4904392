/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ticket.h - where the answer to a request has to go, and the ways to answer.
 *
 * A ticket is copied freely. A handler answers it now, or keeps a copy and
 * answers later (a held pull, a put that waits); then it holds a reference on the
 * connection. Whatever is answered passes mb_answer, once: there faults act on it
 * (faults.h), whether the handler still runs or not.
 *
 * Thread: loop.
 */
#ifndef MB_TICKET_H
#define MB_TICKET_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/macros.h"
#include "codec/codes.h"
#include "codec/schema.h"
#include "mock-broker/faults.h"
#include "mock-broker/late.h"
#include "net/conn.h"

struct mb_node;
struct mb_observer;

enum { MB_REMARK_MAX = 1024 }; /* bytes of a remark; longer ones are cut */

/* What the tickets of a node share; it outlives them. */
struct mb_door {
	struct mb_node *node;
	struct mb_faults *faults; /* NULL: none; taken back before it goes */
	struct mb_observer *observer; /* NULL: nobody looks; outlives the node */
	struct mb_late late;
};

struct mb_ticket {
	struct rmqi_conn *conn;
	struct mb_door *door; /* of its node */
	void *rule;           /* what took the request at one of its stages; NULL: nothing */
	uint64_t fault;       /* id of the fault that acts on it; 0: none */
	uint64_t seen;        /* the number that the observer gave it; 0: none */
	int32_t code;         /* of the request */
	int32_t opaque;
	enum rmqi_serialization serialization;
	enum mb_stage stage; /* the last one that the request passed */
	bool is_oneway;      /* never answered, whatever the handler says */
	/* What a fault wrote in place of the answer: so many frames with that opaque. */
	int32_t sent_answers;
	int32_t sent_opaque;
};

/* What a handler is given. */
struct mb_request {
	struct mb_ticket ticket;
	const struct rmqi_command *command; /* borrowed during the handler, as the next two */
	const void *header;    /* struct rmqi_h_..., of the request's code in schema.h */
	const char *bad_field; /* NULL; else what a lenient handler has to refuse */
};

void mb_answer(const struct mb_ticket *t, const struct rmqi_outgoing *response);
/* A code without remark, header and body. */
void mb_answer_code(const struct mb_ticket *t, int32_t code);
void mb_answer_error(const struct mb_ticket *t, int32_t code, const char *format, ...)
	RMQI_PRINTF(3, 4);
/* 0 with a header. */
void mb_answer_header(const struct mb_ticket *t, const struct rmqi_header_desc *desc,
		      const void *header);
/* 0 with a body; when the buffer has failed, 1 instead. */
void mb_answer_body(const struct mb_ticket *t, const struct rmqi_buf *body);
/* 1 with the text of the error: what an exception in a Java processor becomes. */
void mb_answer_failure(const struct mb_ticket *t, enum rmq_error error);
/* Never: the request is in flight no more (serverInFlightMax). */
void mb_answer_nothing(const struct mb_ticket *t);

#endif
