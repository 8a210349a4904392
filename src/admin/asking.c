/* SPDX-License-Identifier: Apache-2.0 */
/*
 * asking.c - question i of a server is followed, when it is done, by the one that stands RMQI_ASKING_WINDOW
 * behind it: as many chains as there may be questions under way, without a list of what waits.
 */
#include "admin/asking.h"

#include <stdatomic.h>
#include <string.h>

#include "base/detail.h"
#include "client/question.h"
#include "codec/codes.h"

struct rmqi_asking {
	struct rmqi_client *client;
	struct rmqi_ask *asks;
	size_t count;
	int64_t deadline_us;
	struct rmqi_event done;
	atomic_size_t left; /* questions, and the caller as long as it launches */
};

static void send(struct rmqi_ask *ask)
{
	struct rmqi_client *c = ask->of->client;

	ask->started_us = rmqi_clock_us(rmqi_client_clock(c));
	rmqi_rpc_call_async(rmqi_client_rpc(c), ask->address, &ask->request, ask->of->deadline_us,
			    &ask->call);
}

static void one_less(struct rmqi_asking *a)
{
	if (atomic_fetch_sub(&a->left, 1) == 1)
		rmqi_event_set(&a->done);
}

static struct rmq_error_detail *detail_of(struct rmqi_ask *ask)
{
	if (!ask->detail)
		ask->detail = rmqi_detail_new();
	return ask->detail;
}

/* The one behind it in its chain; NULL: it is the last. All between them are its server's, too: what stands behind
 * those of another server begins chains of its own. */
static struct rmqi_ask *next_of(const struct rmqi_ask *ask)
{
	const struct rmqi_asking *a = ask->of;
	size_t at = (size_t)(ask - a->asks), end = at + RMQI_ASKING_WINDOW;

	while (at < end) {
		at++;
		if (at >= a->count || !a->asks[at].address ||
		    strcmp(a->asks[at].address, ask->address) != 0)
			return NULL;
	}
	return &a->asks[end];
}

static bool has_answered(enum rmq_error error)
{
	return error == RMQ_OK || error == RMQ_ERR_BROKER || error == RMQ_ERR_DENIED ||
	       error == RMQ_ERR_UNSUPPORTED || error == RMQ_ERR_PROTOCOL;
}

/* The last thing that is done with it: the array may be gone afterwards. */
static void finish(struct rmqi_ask *ask)
{
	struct rmqi_asking *a = ask->of;
	struct rmqi_ask *next = next_of(ask);

	for (; next && !has_answered(ask->error); next = next_of(next)) {
		next->error = ask->error;
		rmqi_detail_copy(detail_of(next), ask->detail);
		one_less(a);
	}
	if (next)
		send(next);
	one_less(a);
}

static unsigned flags_of(enum rmq_error error)
{
	return error == RMQ_ERR_CANCELLED || error == RMQ_ERR_NO_MEMORY ? 0 : RMQ_ERROR_RETRIABLE;
}

static void note_failure(struct rmqi_ask *ask, enum rmq_error error)
{
	int64_t now_us = rmqi_clock_us(rmqi_client_clock(ask->of->client));
	char why[512];

	ask->error = error;
	rmqi_detail_add_attempt(detail_of(ask), ask->address, ask->call.phase, error, -1,
				(now_us - ask->started_us) / 1000);
	if (ask->call.conn)
		rmqi_detail_set(ask->detail, error, flags_of(error), "%s",
				rmqi_call_explain(&ask->call, error, why, sizeof(why)));
	else
		rmqi_detail_set(ask->detail, error, flags_of(error), "request to %s: %s",
				ask->address, rmq_error_text(error));
}

static void note_refusal(struct rmqi_ask *ask, const struct rmqi_command *answer)
{
	char name[48];

	ask->code = answer->code;
	ask->error = rmqi_client_refused(ask->of->client, ask->address, ask->request.code,
					 ask->started_us, answer, detail_of(ask));
	if (answer->code == RMQI_RESP_GO_AWAY)
		ask->error = rmqi_detail_set(ask->detail, RMQ_ERR_CONNECTION_LOST,
					     RMQ_ERROR_RETRIABLE, "%s asked twice to go away",
					     ask->address);
	if (answer->code == RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED)
		ask->error = rmqi_detail_set(
			ask->detail, RMQ_ERR_UNSUPPORTED, RMQ_ERROR_FATAL,
			"%s does not know %s: its release is older, or it has that switched off",
			ask->address, rmqi_request_name(ask->request.code, name, sizeof(name)));
}

const char *rmqi_asking_why(enum rmq_error error, const struct rmq_error_detail *detail)
{
	if (rmq_error_detail_code(detail) == error)
		return rmq_error_detail_message(detail);
	return error == RMQ_ERR_NO_MEMORY ? "found no memory" : "cannot be read";
}

static void take_answer(struct rmqi_ask *ask, const struct rmqi_command *answer)
{
	char name[48];

	if (!ask->read)
		return;
	ask->error = ask->read(ask->arg, answer, detail_of(ask));
	if (ask->error != RMQ_OK)
		rmqi_detail_set(ask->detail, ask->error, 0, "the answer of %s to %s %s",
				ask->address,
				rmqi_request_name(ask->request.code, name, sizeof(name)),
				rmqi_asking_why(ask->error, ask->detail));
}

static void on_answer(struct rmqi_call *call, enum rmq_error error,
		      const struct rmqi_command *answer)
{
	struct rmqi_ask *ask = RMQI_CONTAINER(call, struct rmqi_ask, call);

	/* Once more, on a new connection (NettyRemotingClient.invokeImpl). */
	if (error == RMQ_OK && answer->code == RMQI_RESP_GO_AWAY && !ask->went_away) {
		ask->went_away = true;
		send(ask);
		return;
	}
	if (error != RMQ_OK)
		note_failure(ask, error);
	else if (answer->code != RMQI_RESP_SUCCESS && answer->code != ask->also)
		note_refusal(ask, answer);
	else
		take_answer(ask, answer);
	if (ask->error == RMQ_OK) {
		rmqi_detail_discard(ask->detail);
		ask->detail = NULL;
	}
	finish(ask);
}

/* Does question i begin a chain? *first is where its server's questions begin. */
static bool is_head(const struct rmqi_ask *asks, size_t i, size_t *first)
{
	if (i == 0 || !asks[i - 1].address ||
	    strcmp(asks[i].address, asks[i - 1].address) != 0)
		*first = i;
	return i - *first < RMQI_ASKING_WINDOW;
}

static void launch(struct rmqi_asking *a)
{
	size_t first = 0;

	for (size_t i = 0; i < a->count; i++) {
		struct rmqi_ask *ask = &a->asks[i];

		if (ask->address) {
			if (is_head(a->asks, i, &first))
				send(ask);
			continue;
		}
		ask->error = rmqi_detail_set(detail_of(ask), RMQ_ERR_NO_BROKER,
					     RMQ_ERROR_RETRIABLE, "broker %s has no master now",
					     ask->broker_name);
		one_less(a);
	}
	one_less(a);
}

void rmqi_asking(struct rmqi_client *c, struct rmqi_ask *asks, size_t count, int64_t deadline_us)
{
	struct rmqi_asking a = {
		.client = c, .asks = asks, .count = count, .deadline_us = deadline_us};

	for (size_t i = 0; i < count; i++) {
		asks[i].of = &a;
		asks[i].call.fn = on_answer;
	}
	atomic_init(&a.left, count + 1);
	rmqi_event_init(&a.done, rmqi_client_env(c));
	launch(&a);
	(void)rmqi_event_wait(&a.done, RMQI_FOREVER);
	rmqi_event_deinit(&a.done);
}

enum rmq_error rmqi_asking_judge(const struct rmqi_ask *asks, size_t count,
				 struct rmq_error_detail *detail)
{
	for (size_t i = 0; i < count; i++)
		if (asks[i].error == RMQ_OK)
			return RMQ_OK;
	return count > 0 ? rmqi_asking_all(asks, 1, detail) : RMQ_OK;
}

enum rmq_error rmqi_asking_tell(struct rmq_error_detail *detail, enum rmq_error error,
				const struct rmq_error_detail *from)
{
	if (from)
		rmqi_detail_copy(detail, from);
	else
		rmqi_detail_set(detail, error, 0, "%s", rmq_error_text(error));
	return error;
}

/* Sentence and code are those of what is copied last. */
enum rmq_error rmqi_asking_all(const struct rmqi_ask *asks, size_t count,
			       struct rmq_error_detail *detail)
{
	enum rmq_error first = RMQ_OK;

	for (size_t i = count; i > 0; i--) {
		if (asks[i - 1].error == RMQ_OK)
			continue;
		first = rmqi_asking_tell(detail, asks[i - 1].error, asks[i - 1].detail);
	}
	return first;
}

struct rmq_error_detail *rmqi_ask_take_detail(struct rmqi_ask *ask)
{
	struct rmq_error_detail *taken = ask->detail;

	ask->detail = NULL;
	return taken;
}

void rmqi_asking_deinit(struct rmqi_ask *asks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		rmq_error_detail_free(asks[i].detail);
}
