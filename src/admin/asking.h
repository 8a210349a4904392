/* SPDX-License-Identifier: Apache-2.0 */
/*
 * asking.h - many questions to many servers at once: one wait, one deadline, and each says for itself what
 * became of it.
 *
 * The caller makes an array of questions; those to one server stand next to each other (if they do not,
 * each run of them is as one to a server of its own). Each server is asked
 * RMQI_ASKING_WINDOW of them at a time, all servers at once, so the slowest one sets how long it takes. One that
 * gives no answer to a question is not asked what it was not asked yet.
 *
 *	struct rmqi_ask asks[2] = {
 *		{.address = a, .request = {.code = ...}, .read = read_config, .arg = &rows[0]}, ...
 *	};
 *	rmqi_asking(client, asks, 2, deadline_us);
 *	err = rmqi_asking_judge(asks, 2, detail);
 *	rmqi_asking_deinit(asks, 2);
 *
 * Thread: any, but not the loop. `read` runs on the loop, one at a time, all before rmqi_asking returns.
 */
#ifndef RMQI_ADMIN_ASKING_H
#define RMQI_ADMIN_ASKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "client/client.h"

enum { RMQI_ASKING_WINDOW = 16 };

/* Reads an answer that is no refusal; `arg` is the question's. It may put an error in `detail` (NULL when memory is out),
 * as the end of a sentence that begins "the answer of .. to ..": "lacks offset"; else that is "cannot be read". */
typedef enum rmq_error (*rmqi_answer_fn)(void *arg, const struct rmqi_command *answer,
					 struct rmq_error_detail *detail);

struct rmqi_asking;

struct rmqi_ask {
	/* What is asked. The texts, the header and the body that they point at are the caller's, until
	 * rmqi_asking returns. */
	const char *address;     /* NULL: RMQ_ERR_NO_BROKER, it has no master */
	const char *broker_name; /* for that sentence */
	struct rmqi_outgoing request;
	int32_t also; /* a code beside SUCCESS that is no refusal; 0: none */
	rmqi_answer_fn read; /* NULL: nothing of the answer is wanted */
	void *arg;

	/* What became of it. */
	enum rmq_error error;
	int32_t code;                    /* of an answer that refuses; else 0 */
	struct rmq_error_detail *detail; /* owned; NULL: there is no error, or memory was out */

	/* The rest is asking.c's. */
	struct rmqi_call call;
	struct rmqi_asking *of;
	int64_t started_us;
	bool went_away; /* it said GO_AWAY before */
};

/* Returns when each question has its answer or its error, at the deadline at the latest. */
void rmqi_asking(struct rmqi_client *c, struct rmqi_ask *asks, size_t count, int64_t deadline_us);
/* RMQ_OK when one has its answer, or there is none; else the first one's error, which is copied to `detail`. */
enum rmq_error rmqi_asking_judge(const struct rmqi_ask *asks, size_t count,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
/* The first error there is. */
enum rmq_error rmqi_asking_all(const struct rmqi_ask *asks, size_t count,
			       struct rmq_error_detail *detail) RMQI_MUST_USE;
/* What a row has, as the detail of a call: `from` may be NULL, as memory was out for it. Returns the error. */
enum rmq_error rmqi_asking_tell(struct rmq_error_detail *detail, enum rmq_error error,
				const struct rmq_error_detail *from);
/* That end of the sentence. */
const char *rmqi_asking_why(enum rmq_error error, const struct rmq_error_detail *detail);
/* The detail of a question becomes the caller's. */
struct rmq_error_detail *rmqi_ask_take_detail(struct rmqi_ask *ask);
void rmqi_asking_deinit(struct rmqi_ask *asks, size_t count);

/* One question to the name servers, each of which knows as much as the others: the chosen one is asked first
 * (rmqi_client_ask_namesrv). asking_namesrv.c. The errors are as those of a broker. */
struct rmqi_namesrv_ask {
	struct rmqi_outgoing request;
	int32_t also;
	rmqi_answer_fn read;
	void *arg;
};
enum rmq_error rmqi_asking_namesrv(struct rmqi_client *c, const struct rmqi_namesrv_ask *ask,
				   int64_t deadline_us,
				   struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
