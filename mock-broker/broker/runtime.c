/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime.c - the broker about itself: settings, figures of a topic, single records,
 * whole files (AdminBrokerProcessor.getBrokerConfig, QueryMessageProcessor.viewMessageById).
 */
#include <stdio.h>

#include "mock-broker/broker/handlers.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/json_text.h"

static void get_config(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	struct rmqi_h_get_broker_config_response answer = {0};
	struct rmqi_cursor piece;
	struct rmqi_outgoing response = {.desc = &rmqi_desc_get_broker_config_response,
					 .header = &answer,
					 .body = &piece,
					 .body_count = 1};
	char version[128];

	snprintf(version, sizeof(version),
		 "{\"counter\":%lld,\"stateVersion\":0,\"timestamp\":%lld}",
		 (long long)b->config_counter, (long long)b->boot_ms);
	answer.version = rmqi_str(version);
	rmqi_buf_reset(&b->body);
	mb_broker_config_write(b->config, &b->body);
	piece = rmqi_buf_cursor(&b->body);
	mb_answer(&r->ticket, &response);
}

static void view_stats(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_view_broker_stats_data *h = r->header;

	if (mb_figures_view(b, h->statsName, h->statsKey, &b->body))
		mb_answer_body(&r->ticket, &b->body);
	else
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR,
				"The stats <%.*s> <%.*s> not exist", RMQI_STR_ARG(h->statsName),
				RMQI_STR_ARG(h->statsKey));
}

static void view_message(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_view_message *h = r->header;
	struct rmqi_cursor record;
	struct rmqi_outgoing response = {.body = &record, .body_count = 1};

	if (mb_store_record_at(b->store, h->offset, &record))
		mb_answer(&r->ticket, &response);
	else
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR,
				"can not find message by the offset, %lld", (long long)h->offset);
}

/* Integer keys are written raw: {0:5}. */
static void get_consumer_offsets(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	struct rmqi_buf *out = &b->body;
	const struct rmqi_data_version *v = &b->offsets.version;
	bool is_first = true;
	struct rmqi_str key;

	rmqi_buf_reset(out);
	rmqi_buf_addf(
		out,
		"{\"dataVersion\":{\"counter\":%lld,\"stateVersion\":%lld,\"timestamp\":%lld},"
		"\"offsetTable\":{",
		(long long)v->counter, (long long)v->state_version, (long long)v->timestamp);
	for (size_t i = 0; i < b->offsets.table.count; i++) {
		const struct mb_group_offsets *g = rmqi_map_at(&b->offsets.table, i, &key);
		const char *separator = "";

		if (!mb_group_offsets_committed(g))
			continue;
		mb_json_next(out, &is_first);
		rmqi_json_add_string(out, key);
		rmqi_buf_add_text(out, ":{");
		for (size_t q = 0; q < g->count; q++) {
			if (g->rows[q].committed == MB_NO_OFFSET)
				continue;
			rmqi_buf_addf(out, "%s%d:%lld", separator, (int)g->rows[q].queue_id,
				      (long long)g->rows[q].committed);
			separator = ",";
		}
		rmqi_buf_add_u8(out, '}');
	}
	rmqi_buf_add_text(out, "}}");
	mb_answer_body(&r->ticket, out);
}

const struct mb_handler mb_runtime_handlers[] = {
	{RMQI_REQ_GET_BROKER_CONFIG, get_config},
	{RMQI_REQ_VIEW_BROKER_STATS_DATA, view_stats},
	{RMQI_REQ_VIEW_MESSAGE_BY_ID, view_message},
	{RMQI_REQ_GET_ALL_CONSUMER_OFFSET, get_consumer_offsets},
	{0, NULL},
};
