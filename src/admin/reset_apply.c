/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "admin/reset.h"
#include "base/detail.h"
#include "base/mem.h"
#include "codec/codes.h"

/* --- What a broker does ---------------------------------------------------------------------------- */

/* Lines name=value. */
static enum rmq_error read_settings(void *arg, const struct rmqi_command *answer,
				    struct rmq_error_detail *detail)
{
	struct rmqi_reset_share *share = arg;
	struct rmqi_str rest = rmqi_cursor_str(answer->body), line;
	bool more = true;

	(void)detail;
	while (more) {
		rest = rmqi_str_cut(rest, "\n", &line, &more);
		if (rmqi_str_has_prefix(line, "useServerSideResetOffset=true"))
			share->is_server_side = true;
	}
	return RMQ_OK;
}

static enum rmq_error read_online(void *arg, const struct rmqi_command *answer,
				  struct rmq_error_detail *detail)
{
	struct rmqi_reset_share *share = arg;

	(void)detail;
	share->is_online = answer->code == RMQI_RESP_SUCCESS;
	return RMQ_OK;
}

static void find_shares(struct rmqi_reset *r)
{
	struct rmq_queue_resets *all = r->resets;

	for (size_t i = 0; i < all->count; i++) {
		struct rmq_queue_reset *row = &all->rows[i];
		struct rmqi_reset_share *share =
			r->share_count ? &r->shares[r->share_count - 1] : NULL;

		if (!share || strcmp(share->broker_name, row->queue.broker_name) != 0) {
			share = &r->shares[r->share_count++];
			*share = (struct rmqi_reset_share){
				.address = rmqi_topic_route_address(
					all->route, row->queue.broker_name, 0, true, NULL),
				.broker_name = row->queue.broker_name,
				.rows = row,
			};
		}
		share->count++;
	}
}

/* How each broker does it, and whether members are at it. The rows of one that does not say have its error. */
static enum rmq_error ask_brokers(struct rmqi_reset *r)
{
	struct rmqi_h_get_consumer_connection_list h = {.consumerGroup = rmqi_str(r->group)};
	struct rmqi_ask *asks = rmqi_calloc(r->share_count * 2 + 1, sizeof(*asks));

	if (!asks)
		return RMQ_ERR_NO_MEMORY;
	for (size_t i = 0; i < r->share_count; i++) {
		struct rmqi_ask *its = &asks[2 * i];

		its[0].request.code = RMQI_REQ_GET_BROKER_CONFIG;
		its[0].read = read_settings;
		its[1].request = (struct rmqi_outgoing){
			.code = RMQI_REQ_GET_CONSUMER_CONNECTION_LIST,
			.desc = &rmqi_desc_get_consumer_connection_list,
			.header = &h};
		its[1].also = RMQI_RESP_CONSUMER_NOT_ONLINE;
		its[1].read = read_online;
		for (size_t k = 0; k < 2; k++) {
			its[k].address = r->shares[i].address;
			its[k].broker_name = r->shares[i].broker_name;
			its[k].arg = &r->shares[i];
		}
	}
	rmqi_asking(r->admin->client, asks, r->share_count * 2, r->deadline_us);
	for (size_t i = 0; i < r->share_count; i++) {
		const struct rmqi_ask *its = &asks[2 * i];

		r->shares[i].is_known = its[0].error == RMQ_OK && its[1].error == RMQ_OK;
		for (size_t k = 0; k < r->shares[i].count; k++) {
			rmqi_reset_settle(&r->shares[i].rows[k], &its[0]);
			rmqi_reset_settle(&r->shares[i].rows[k], &its[1]);
		}
	}
	rmqi_asking_deinit(asks, r->share_count * 2);
	rmqi_free(asks);
	return RMQ_OK;
}

/* --- Queue by queue ---------------------------------------------------------------------------------- */

static bool is_relayed(const struct rmqi_reset_share *share)
{
	return share->is_known && !share->is_server_side && share->is_online;
}

/* By the broker itself, or, as nobody is online, committed. Which row asks[i] is of is its arg. */
static size_t ask_rows(const struct rmqi_reset *r, struct rmqi_ask *asks,
		       union rmqi_queue_header *headers)
{
	size_t count = 0;

	for (size_t i = 0; i < r->share_count; i++) {
		const struct rmqi_reset_share *share = &r->shares[i];

		for (size_t k = 0; k < share->count && !is_relayed(share); k++) {
			struct rmq_queue_reset *row = &share->rows[k];
			struct rmqi_ask *ask = &asks[count];

			if (!rmqi_reset_moves(r, row))
				continue;
			if (share->is_server_side)
				rmqi_queue_ask_reset(ask, row->place, &headers[count], r->group,
						     row->after);
			else
				rmqi_queue_ask_commit(ask, row->place, &headers[count], r->group,
						      row->after);
			ask->address = share->address;
			ask->broker_name = share->broker_name;
			ask->arg = row;
			count++;
		}
	}
	return count;
}

static enum rmq_error move_rows(const struct rmqi_reset *r)
{
	struct rmqi_ask *asks = rmqi_calloc(r->resets->count + 1, sizeof(*asks));
	union rmqi_queue_header *headers = rmqi_calloc(r->resets->count + 1, sizeof(*headers));
	enum rmq_error err = RMQ_ERR_NO_MEMORY;
	size_t count;

	if (asks && headers) {
		count = ask_rows(r, asks, headers);
		rmqi_asking(r->admin->client, asks, count, r->deadline_us);
		for (size_t i = 0; i < count; i++)
			rmqi_reset_settle(asks[i].arg, &asks[i]);
		rmqi_asking_deinit(asks, count);
		err = RMQ_OK;
	}
	rmqi_free(asks);
	rmqi_free(headers);
	return err;
}

/* --- By way of the members ----------------------------------------------------------------------------- */

/* What the broker has told them. */
static enum rmq_error read_told(void *arg, const struct rmqi_command *answer,
				struct rmq_error_detail *detail)
{
	struct rmqi_reset_share *share = arg;
	struct rmqi_queue_offset *rows;
	size_t count;
	enum rmq_error err = rmqi_reset_offset_decode(answer->body, &rows, &count);

	(void)detail;
	if (err != RMQ_OK)
		return err;
	for (size_t i = 0; i < share->count; i++)
		for (size_t k = 0; k < count; k++)
			if (rows[k].queue.queue_id == share->rows[i].queue.queue_id)
				share->rows[i].after = rows[k].offset;
	rmqi_queue_offsets_free(rows, count);
	return RMQ_OK;
}

static bool is_by_time(const struct rmqi_reset *r)
{
	return !r->from_group && r->what->to != RMQI_RESET_OFFSET && !r->what->broker_name;
}

static void refuse(const struct rmqi_reset_share *share)
{
	for (size_t i = 0; i < share->count; i++)
		if (share->rows[i].error == RMQ_OK)
			rmqi_reset_fail(&share->rows[i], RMQ_ERR_UNSUPPORTED, RMQ_ERROR_FATAL,
					"broker %s moves a group that is online by time and all "
					"queues at once only: stop its members first",
					share->broker_name);
}

static size_t ask_relays(const struct rmqi_reset *r, const struct rmqi_h_reset_offset *h,
			 struct rmqi_ask *asks)
{
	size_t count = 0;

	for (size_t i = 0; i < r->share_count; i++) {
		struct rmqi_reset_share *share = &r->shares[i];

		if (!is_relayed(share))
			continue;
		if (!is_by_time(r)) {
			refuse(share);
			continue;
		}
		asks[count++] = (struct rmqi_ask){
			.address = share->address,
			.broker_name = share->broker_name,
			.request = {.code = RMQI_REQ_INVOKE_BROKER_TO_RESET_OFFSET,
				    .desc = &rmqi_desc_reset_offset,
				    .header = h},
			.read = read_told,
			.arg = share,
		};
	}
	return count;
}

static enum rmq_error relay(const struct rmqi_reset *r)
{
	struct rmqi_h_reset_offset h = {.group = rmqi_str(r->group),
					.topic = rmqi_str(r->topic),
					.timestamp = -1,
					.isForce = r->what->is_force};
	struct rmqi_ask *asks = rmqi_calloc(r->share_count + 1, sizeof(*asks));
	size_t count;

	if (!asks)
		return RMQ_ERR_NO_MEMORY;
	if (r->what->to == RMQI_RESET_TIME)
		h.timestamp = r->what->value;
	else if (r->what->to == RMQI_RESET_EARLIEST)
		h.timestamp = 0;
	count = ask_relays(r, &h, asks);
	rmqi_asking(r->admin->client, asks, count, r->deadline_us);
	for (size_t i = 0; i < count; i++) {
		const struct rmqi_reset_share *share = asks[i].arg;

		for (size_t k = 0; asks[i].error != RMQ_OK && k < share->count; k++)
			if (share->rows[k].error == RMQ_OK)
				rmqi_reset_fail(&share->rows[k], asks[i].error,
						rmq_error_detail_flags(asks[i].detail), "%s",
						rmq_error_detail_message(asks[i].detail));
	}
	rmqi_asking_deinit(asks, count);
	rmqi_free(asks);
	return RMQ_OK;
}

enum rmq_error rmqi_reset_apply(struct rmqi_reset *r)
{
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	r->shares = rmqi_calloc(r->resets->count + 1, sizeof(*r->shares));
	if (r->shares) {
		find_shares(r);
		err = ask_brokers(r);
	}
	if (err == RMQ_OK)
		err = move_rows(r);
	if (err == RMQ_OK)
		err = relay(r);
	rmqi_free(r->shares);
	r->shares = NULL;
	return err;
}
