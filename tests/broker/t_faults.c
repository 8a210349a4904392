/* SPDX-License-Identifier: Apache-2.0 */
/* t_faults.c - the stages of a request, and what a hook can do at each. */
#include <stdio.h>
#include <string.h>

#include "mock-broker/broker/internal.h"
#include "mock-broker/cluster_state.h"
#include "net/filter.h"
#include "tests/broker/rig.h"

enum { PATIENCE_MS = 3000 };

/* Watches one request code, and acts at one stage of it. */
struct hook {
	struct mb_faults faults;
	int32_t code;
	enum mb_stage at;
	bool (*act)(struct hook *h, struct mb_passage *p); /* may be NULL */
	char seen[64];                                     /* a letter a stage */
};

static struct rig *rig;
static struct peer *peer;
static struct hook hook;

static bool on_stage(struct mb_faults *f, struct mb_passage *p)
{
	struct hook *h = RMQI_CONTAINER(f, struct hook, faults);
	size_t len = strlen(h->seen);

	if (p->ticket->code != h->code)
		return true;
	ck_assert_int_eq(p->ticket->stage, p->stage);
	ck_assert_uint_lt(len, sizeof(h->seen) - 1);
	h->seen[len] = "rads"[p->stage]; /* received, apply, done, sent */
	if (p->stage == MB_STAGE_RECEIVED)
		p->ticket->rule = h;
	else
		ck_assert_ptr_eq(p->ticket->rule, h);
	return p->stage != h->at || !h->act || h->act(h, p);
}

static struct mb_broker *broker(void)
{
	return rig->cluster->brokers[0].broker;
}

static void begin(const char *conf)
{
	rig = rig_new(conf);
	peer = peer_new(rig);
	ck_assert_int_eq(peer_create_topic(peer, "T", 1), 0);
}

static void end(void)
{
	peer_free(peer);
	rig_free(rig);
}

static void act_at(int32_t code, enum mb_stage at,
		   bool (*act)(struct hook *h, struct mb_passage *p))
{
	hook = (struct hook){.faults.on_stage = on_stage, .code = code, .at = at, .act = act};
	broker()->node->door.faults = &hook.faults;
}

static enum rmq_error ask(int32_t code, const struct rmqi_header_desc *desc, const void *header,
			  const char *body)
{
	struct rmqi_cursor piece = rmqi_cursor(body, strlen(body));
	const struct rmqi_outgoing request = {
		.code = code, .desc = desc, .header = header, .body = &piece, .body_count = 1};

	return rmqi_rpc_call(peer->rpc, rig->broker, &request,
			     rmqi_clock_deadline(rig->env->clock, PATIENCE_MS), &peer->answer, NULL,
			     NULL);
}

static enum rmq_error send_message(void)
{
	const struct rmqi_h_send_message h = {
		.producerGroup = rmqi_str("P"), .topic = rmqi_str("T"), .bornTimestamp = 1};

	return ask(RMQI_REQ_SEND_MESSAGE_V2, &rmqi_desc_send_message_v2, &h, "hello");
}

static int64_t stored(void)
{
	return mb_broker_max_offset(broker(), RMQI_STR("T"), 0);
}

/* --- What a hook may do ------------------------------------------------------------------- */

static bool drop(struct hook *h, struct mb_passage *p)
{
	(void)h;
	(void)p;
	return false;
}

static bool say_busy(struct hook *h, struct mb_passage *p)
{
	const struct rmqi_h_send_message *header = p->header;

	(void)h;
	ck_assert_ptr_eq(p->desc, &rmqi_desc_send_message_v2);
	ck_assert(rmqi_str_is(header->topic, "T"));
	ck_assert_uint_eq(p->command->body.len, 5);
	mb_answer_error(p->ticket, RMQI_RESP_SYSTEM_BUSY, "[TIMEOUT_CLEAN_QUEUE]broker busy");
	return false;
}

static bool change_code(struct hook *h, struct mb_passage *p)
{
	(void)h;
	p->response->code = RMQI_RESP_SYSTEM_ERROR;
	p->response->remark = RMQI_STR("changed");
	return true;
}

static bool delay(struct hook *h, struct mb_passage *p)
{
	(void)h;
	p->delay_ms = 250;
	return true;
}

static bool answer_twice(struct hook *h, struct mb_passage *p)
{
	(void)h;
	mb_answer(p->ticket, p->response);
	return true;
}

static bool reset(struct hook *h, struct mb_passage *p)
{
	(void)h;
	rmqi_conn_abort(p->ticket->conn);
	return false;
}

/* --- Each stage --------------------------------------------------------------------------- */

START_TEST(faults__see_every_stage_in_order)
{
	begin(NULL);
	act_at(RMQI_REQ_SEND_MESSAGE_V2, MB_STAGE_RECEIVED, NULL);
	ck_assert_int_eq(send_message(), RMQ_OK);
	ck_assert_int_eq(peer->answer.command.code, 0);
	ck_assert_str_eq(hook.seen, "rads");
	broker()->node->door.faults = NULL;
	ck_assert_int_eq(send_message(), RMQ_OK);
	ck_assert_str_eq(hook.seen, "rads");
	end();
}
END_TEST

START_TEST(faults__drop_a_request_before_it_is_decoded)
{
	begin(NULL);
	act_at(RMQI_REQ_SEND_MESSAGE_V2, MB_STAGE_RECEIVED, drop);
	ck_assert_int_eq(send_message(), RMQ_ERR_TIMEOUT);
	ck_assert_str_eq(hook.seen, "r");
	ck_assert_int_eq(stored(), 0);
	end();
}
END_TEST

START_TEST(faults__answer_before_it_is_applied)
{
	begin(NULL);
	act_at(RMQI_REQ_SEND_MESSAGE_V2, MB_STAGE_APPLY, say_busy);
	ck_assert_int_eq(send_message(), RMQ_OK);
	ck_assert_int_eq(peer->answer.command.code, RMQI_RESP_SYSTEM_BUSY);
	ck_assert_str_eq(peer_remark(peer), "[TIMEOUT_CLEAN_QUEUE]broker busy");
	ck_assert_int_eq(stored(), 0);
	end();
}
END_TEST

START_TEST(faults__lose_the_answer_of_what_was_stored)
{
	begin(NULL);
	act_at(RMQI_REQ_SEND_MESSAGE_V2, MB_STAGE_APPLIED, drop);
	ck_assert_int_eq(send_message(), RMQ_ERR_TIMEOUT);
	ck_assert_str_eq(hook.seen, "rad");
	ck_assert_int_eq(stored(), 1);
	end();
}
END_TEST

START_TEST(faults__reset_the_connection_of_what_was_stored)
{
	begin(NULL);
	act_at(RMQI_REQ_SEND_MESSAGE_V2, MB_STAGE_APPLIED, reset);
	ck_assert_int_eq(send_message(), RMQ_ERR_CONNECTION_LOST);
	ck_assert_int_eq(stored(), 1);
	end();
}
END_TEST

START_TEST(faults__change_the_answer)
{
	begin(NULL);
	act_at(RMQI_REQ_SEND_MESSAGE_V2, MB_STAGE_RESPONSE, change_code);
	ck_assert_int_eq(send_message(), RMQ_OK);
	ck_assert_int_eq(peer->answer.command.code, RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(peer), "changed");
	ck_assert_int_eq(stored(), 1);
	end();
}
END_TEST

START_TEST(faults__delay_the_answer_on_the_virtual_clock)
{
	int64_t before;

	begin(NULL);
	ck_assert_int_eq(peer_send(peer, "T", 0, "body", NULL), 0);
	act_at(RMQI_REQ_PULL_MESSAGE, MB_STAGE_RESPONSE, delay);
	before = rig_now(rig);
	ck_assert_int_eq(peer_pull(peer, "G", "T", 0, 0, 0), 0);
	ck_assert_int_eq(rig_now(rig) - before, 250);
	ck_assert_uint_eq(peer_message_count(peer), 1);
	ck_assert_int_eq(peer_ext_i64(peer, "nextBeginOffset"), 1);
	end();
}
END_TEST

START_TEST(faults__drop_the_answer)
{
	begin(NULL);
	act_at(RMQI_REQ_SEND_MESSAGE_V2, MB_STAGE_RESPONSE, drop);
	ck_assert_int_eq(send_message(), RMQ_ERR_TIMEOUT);
	ck_assert_str_eq(hook.seen, "rads");
	ck_assert_int_eq(stored(), 1);
	end();
}
END_TEST

/* They are in flight no more: serverInFlightMax counts them. */
START_TEST(faults__that_lose_answers_leave_room_for_others)
{
	static const enum mb_stage stages[] = {MB_STAGE_APPLIED, MB_STAGE_RESPONSE};

	begin("serverInFlightMax=2\n");
	for (size_t i = 0; i < RMQI_COUNT(stages); i++) {
		act_at(RMQI_REQ_SEND_MESSAGE_V2, stages[i], drop);
		for (int n = 0; n < 3; n++)
			ck_assert_int_eq(send_message(), RMQ_ERR_TIMEOUT);
		broker()->node->door.faults = NULL;
		ck_assert_int_eq(send_message(), RMQ_OK);
		ck_assert_int_eq(peer->answer.command.code, 0);
	}
	end();
}
END_TEST

START_TEST(faults__answer_twice)
{
	begin(NULL);
	act_at(RMQI_REQ_SEND_MESSAGE_V2, MB_STAGE_RESPONSE, answer_twice);
	ck_assert_int_eq(send_message(), RMQ_OK);
	ck_assert_str_eq(hook.seen, "rads");
	/* The second one found nobody; the connection goes on. */
	ck_assert_int_eq(send_message(), RMQ_OK);
	ck_assert_int_eq(stored(), 2);
	end();
}
END_TEST

/* --- Which requests pass which stages ----------------------------------------------------- */

START_TEST(faults__a_one_way_request_is_applied_and_not_answered)
{
	const struct rmqi_h_update_consumer_offset h = {
		.consumerGroup = rmqi_str("G"), .topic = rmqi_str("T"), .commitOffset = 3};
	const struct rmqi_outgoing request = {.code = RMQI_REQ_UPDATE_CONSUMER_OFFSET,
					      .desc = &rmqi_desc_update_consumer_offset,
					      .header = &h};

	begin(NULL);
	act_at(RMQI_REQ_UPDATE_CONSUMER_OFFSET, MB_STAGE_RECEIVED, NULL);
	ck_assert_int_eq(rmqi_rpc_oneway(peer->rpc, rig->broker, &request), RMQ_OK);
	rig_advance(rig, 1);
	ck_assert_str_eq(hook.seen, "rad");
	end();
}
END_TEST

START_TEST(faults__what_cannot_be_applied_is_only_answered)
{
	begin(NULL);
	act_at(9999, MB_STAGE_RECEIVED, NULL);
	ck_assert_int_eq(ask(9999, NULL, NULL, ""), RMQ_OK);
	ck_assert_int_eq(peer->answer.command.code, RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED);
	ck_assert_str_eq(hook.seen, "rs");

	act_at(RMQI_REQ_GET_MAX_OFFSET, MB_STAGE_RECEIVED, NULL);
	ck_assert_int_eq(ask(RMQI_REQ_GET_MAX_OFFSET, NULL, NULL, ""), RMQ_OK);
	ck_assert_int_eq(peer->answer.command.code, RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(peer), "the custom field <topic> is null");
	ck_assert_str_eq(hook.seen, "rs");
	end();
}
END_TEST

START_TEST(faults__a_request_without_a_header_passes_all_stages)
{
	begin(NULL);
	act_at(RMQI_REQ_GET_BROKER_RUNTIME_INFO, MB_STAGE_RECEIVED, NULL);
	ck_assert_int_eq(ask(RMQI_REQ_GET_BROKER_RUNTIME_INFO, NULL, NULL, ""), RMQ_OK);
	ck_assert_str_eq(hook.seen, "rads");
	end();
}
END_TEST

START_TEST(faults__act_on_a_name_server_too)
{
	begin(NULL);
	act_at(RMQI_REQ_GET_ROUTEINFO_BY_TOPIC, MB_STAGE_RESPONSE, change_code);
	broker()->node->door.faults = NULL;
	mb_namesrv_node(rig->cluster->namesrvs[0].namesrv)->door.faults = &hook.faults;
	ck_assert_int_eq(peer_route(peer, "T"), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(hook.seen, "rads");
	end();
}
END_TEST

/* --- Bytes -------------------------------------------------------------------------------- */

/* Cuts what a connection sends after so many bytes, and hangs up. */
struct cut {
	struct mb_faults faults;
	struct rmqi_filter filter;
	size_t left;
	int opened, closed;
};

static size_t cut_output(struct rmqi_filter *f, struct rmqi_conn *c, uint8_t *bytes, size_t len)
{
	struct cut *cut = RMQI_CONTAINER(f, struct cut, filter);
	size_t n = len < cut->left ? len : cut->left;

	(void)bytes;
	cut->left -= n;
	if (cut->left == 0)
		rmqi_conn_close(c, RMQ_OK);
	return n;
}

static bool go_on(struct mb_faults *f, struct mb_passage *p)
{
	(void)f;
	(void)p;
	return true;
}

static void cut_open(struct mb_faults *f, struct rmqi_conn *c)
{
	struct cut *cut = RMQI_CONTAINER(f, struct cut, faults);

	if (cut->opened++ == 0)
		ck_assert_int_eq(rmqi_conn_set_filter(c, &cut->filter), RMQ_OK);
}

static void cut_closed(struct mb_faults *f, struct rmqi_conn *c)
{
	struct cut *cut = RMQI_CONTAINER(f, struct cut, faults);

	(void)c;
	cut->closed++;
}

START_TEST(faults__cut_an_answer_at_a_byte)
{
	struct cut cut = {
		.faults = {.on_stage = go_on, .on_open = cut_open, .on_closed = cut_closed},
		.filter.output = cut_output,
		.left = 20,
	};

	begin(NULL);
	peer_die(peer);
	broker()->node->door.faults = &cut.faults;
	ck_assert_int_eq(send_message(), RMQ_ERR_CONNECTION_LOST);
	ck_assert_int_eq(stored(), 1);
	ck_assert_int_eq(cut.closed, 1);
	/* The next connection is whole. */
	ck_assert_int_eq(send_message(), RMQ_OK);
	ck_assert_int_eq(cut.opened, 2);
	broker()->node->door.faults = NULL;
	end();
}
END_TEST

/* --- Tickets that are kept ---------------------------------------------------------------- */

START_TEST(faults__act_on_a_held_pull_when_it_is_answered)
{
	struct held held;

	begin(NULL);
	act_at(RMQI_REQ_PULL_MESSAGE, MB_STAGE_RESPONSE, change_code);
	peer_hold(peer, &held, "G", "T", 0, 0, 10000, "*");
	ck_assert_str_eq(hook.seen, "ra");
	ck_assert_int_eq(send_message(), RMQ_OK);
	rig_advance(rig, 1);
	ck_assert_str_eq(hook.seen, "rads");
	ck_assert(held.is_done);
	ck_assert_int_eq(held.code, RMQI_RESP_SYSTEM_ERROR);
	end();
}
END_TEST

START_TEST(faults__delay_a_held_pull)
{
	struct held held;
	int64_t at;

	begin(NULL);
	act_at(RMQI_REQ_PULL_MESSAGE, MB_STAGE_RESPONSE, delay);
	peer_hold(peer, &held, "G", "T", 0, 0, 10000, "*");
	ck_assert_int_eq(send_message(), RMQ_OK);
	at = rig_now(rig);
	rig_advance(rig, 249);
	ck_assert(!held.is_done);
	rig_advance(rig, 1);
	ck_assert(held.is_done);
	ck_assert_int_eq(held.done_ms, at + 250);
	ck_assert_int_eq(held.code, 0);
	ck_assert_int_eq(held.next_offset, 1);
	end();
}
END_TEST

START_TEST(faults__lose_the_answer_of_a_put_that_waited_for_the_disk)
{
	begin("flushDiskType=SYNC_FLUSH\n");
	act_at(RMQI_REQ_SEND_MESSAGE_V2, MB_STAGE_APPLIED, drop);
	ck_assert_int_eq(send_message(), RMQ_ERR_TIMEOUT);
	ck_assert_str_eq(hook.seen, "rad");
	ck_assert_int_eq(stored(), 1);
	ck_assert_int_eq(mb_store_flushed_offset(broker()->store),
			 mb_store_max_physical_offset(broker()->store));
	end();
}
END_TEST

START_TEST(faults__the_end_of_the_broker_drops_what_is_delayed)
{
	struct held held;

	begin(NULL);
	act_at(RMQI_REQ_PULL_MESSAGE, MB_STAGE_RESPONSE, delay);
	peer_hold(peer, &held, "G", "T", 0, 7, 0, "*");
	ck_assert(!held.is_done);
	ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, false, NULL), RMQ_OK);
	rig_advance(rig, 1000);
	ck_assert(held.is_done);
	ck_assert_int_eq(held.error, RMQ_ERR_CONNECTION_LOST);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		faults__see_every_stage_in_order,
		faults__drop_a_request_before_it_is_decoded,
		faults__answer_before_it_is_applied,
		faults__lose_the_answer_of_what_was_stored,
		faults__reset_the_connection_of_what_was_stored,
		faults__change_the_answer,
		faults__delay_the_answer_on_the_virtual_clock,
		faults__drop_the_answer,
		faults__that_lose_answers_leave_room_for_others,
		faults__answer_twice,
		faults__a_one_way_request_is_applied_and_not_answered,
		faults__what_cannot_be_applied_is_only_answered,
		faults__a_request_without_a_header_passes_all_stages,
		faults__act_on_a_name_server_too,
		faults__cut_an_answer_at_a_byte,
		faults__act_on_a_held_pull_when_it_is_answered,
		faults__delay_a_held_pull,
		faults__lose_the_answer_of_a_put_that_waited_for_the_disk,
		faults__the_end_of_the_broker_drops_what_is_delayed,
	};

	return run_suite("faults", tests, RMQI_COUNT(tests));
}
