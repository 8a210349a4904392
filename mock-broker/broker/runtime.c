/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime.c - the broker about itself: settings, figures, single records,
 * whole files (AdminBrokerProcessor.getBrokerRuntimeInfo, QueryMessageProcessor.viewMessageById).
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

	snprintf(version, sizeof(version), "{\"counter\":0,\"stateVersion\":0,\"timestamp\":%lld}",
		 (long long)b->boot_ms);
	answer.version = rmqi_str(version);
	rmqi_buf_reset(&b->body);
	mb_broker_config_write(b->config, &b->body);
	piece = rmqi_buf_cursor(&b->body);
	mb_answer(&r->ticket, &response);
}

static void add_number(struct rmqi_buf *out, const char *name, int64_t value)
{
	mb_json_name(out, name);
	rmqi_buf_addf(out, "\"%lld\"", (long long)value);
}

/* As Java writes a double. */
static void add_disk_ratio(struct mb_broker *b, struct rmqi_buf *out, const char *name)
{
	int used = mb_store_disk_used(b->store);
	char text[16];

	if (used < 0)
		used = 0;
	snprintf(text, sizeof(text), used % 10 ? "%d.%02d" : "%d.%01d", used / 100,
		 used % 10 ? used % 100 : used % 100 / 10);
	mb_json_text(out, name, text);
}

static void add_store_figures(struct mb_broker *b, struct rmqi_buf *out)
{
	uint64_t average = b->put_count ? b->put_bytes / b->put_count : 0;

	add_number(out, "commitLogMaxOffset", mb_store_max_physical_offset(b->store));
	add_number(out, "commitLogMinOffset", mb_store_min_physical_offset(b->store));
	add_disk_ratio(b, out, "commitLogDiskRatio");
	add_disk_ratio(b, out, "consumeQueueDiskRatio");
	add_number(out, "dispatchBehindBytes", 0);
	add_number(out, "dispatchMaxBuffer", 0);
	add_number(out, "getMessageEntireTimeMax", 0);
	add_number(out, "pageCacheLockTimeMills", 0);
	add_number(out, "putMessageEntireTimeMax", 0);
	add_number(out, "putMessageTimesTotal", b->put_count ? (int64_t)b->put_count : 1);
	add_number(out, "putMessageSizeTotal", (int64_t)b->put_bytes);
	add_number(out, "putMessageAverageSize", (int64_t)average);
	add_number(out, "putMessageFailedTimes", 0);
	rmqi_buf_addf(out, ",\"remainHowManyDataToFlush\":\"%lld B\"",
		      (long long)(mb_store_max_physical_offset(b->store) -
				  mb_store_flushed_offset(b->store)));
	mb_figure_write(b, &b->figures.put, "putTps", out);
	mb_figure_write(b, &b->figures.found, "getFoundTps", out);
	mb_figure_write(b, &b->figures.missed, "getMissTps", out);
	mb_figure_write(b, &b->figures.asked, "getTotalTps", out);
	mb_figure_write(b, &b->figures.transferred, "getTransferredTps", out);
}

static void add_pools(struct rmqi_buf *out)
{
	static const char *const pools[] = {"send", "pull", "litePull", "query", "ack"};
	char name[64];

	for (size_t i = 0; i < RMQI_COUNT(pools); i++) {
		snprintf(name, sizeof(name), "%sThreadPoolQueueSize", pools[i]);
		add_number(out, name, 0);
		snprintf(name, sizeof(name), "%sThreadPoolQueueCapacity", pools[i]);
		add_number(out, name, 10000);
		snprintf(name, sizeof(name), "%sThreadPoolQueueHeadWaitTimeMills", pools[i]);
		add_number(out, name, 0);
	}
}

static void add_delay_offsets(struct mb_broker *b, struct rmqi_buf *out)
{
	for (int32_t level = 1; level <= MB_DELAY_LEVEL_COUNT; level++) {
		const struct mb_delay_level *l = &b->schedule.levels[level - 1];

		if (l->is_stored)
			rmqi_buf_addf(
				out, ",\"scheduleMessageOffset_%d\":\"%lld,%lld\"", (int)level,
				(long long)l->next_offset,
				(long long)mb_store_max_offset(
					b->store, RMQI_STR("SCHEDULE_TOPIC_XXXX"), level - 1));
	}
}

/* "[ 0 days, 0 hours, 1 minutes, 2 seconds ]" (StoreStatsService.getFormatRuntime) */
static void add_uptime(struct mb_broker *b, struct rmqi_buf *out)
{
	int64_t s = (mb_broker_wall_ms(b) - b->boot_ms) / 1000;

	rmqi_buf_addf(out, ",\"runtime\":\"[ %lld days, %lld hours, %lld minutes, %lld seconds ]\"",
		      (long long)(s / 86400), (long long)(s / 3600 % 24), (long long)(s / 60 % 60),
		      (long long)(s % 60));
}

/* Store time of the first record; -1: there is none (DefaultMessageStore.getEarliestMessageTime). */
static int64_t earliest_ms(struct mb_broker *b)
{
	struct rmqi_stored_message m;
	struct rmqi_cursor record;

	if (!mb_store_record_at(b->store, mb_store_min_physical_offset(b->store), &record) ||
	    rmqi_message_decode(&record, &m) != RMQ_OK)
		return -1;
	return m.store_timestamp;
}

static void get_runtime_info(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	struct rmqi_buf *out = &b->body;

	rmqi_buf_reset(out);
	rmqi_buf_add_text(out, "{\"table\":{");
	add_number(out, "bootTimestamp", b->boot_ms);
	mb_json_text(out, "brokerActive", "true");
	mb_json_text(out, "brokerVersionDesc",
		     mb_release_name((enum mb_release)b->config->release));
	if (b->config->release < MB_RELEASE_5_4)
		add_number(out, "brokerVersion",
			   mb_release_version((enum mb_release)b->config->release));
	add_number(out, "earliestMessageTimeStamp", earliest_ms(b));
	add_number(out, "startAcceptSendRequestTimeStamp", b->config->start_accept_send_ms);
	add_number(out, "msgPutTotalYesterdayMorning", (int64_t)mb_figures_puts(b)->yesterday);
	add_number(out, "msgPutTotalTodayMorning", (int64_t)mb_figures_puts(b)->today);
	add_number(out, "msgPutTotalTodayNow", (int64_t)b->put_count);
	add_number(out, "msgGetTotalYesterdayMorning", (int64_t)mb_figures_gets(b)->yesterday);
	add_number(out, "msgGetTotalTodayMorning", (int64_t)mb_figures_gets(b)->today);
	add_number(out, "msgGetTotalTodayNow", (int64_t)b->get_count);
	add_store_figures(b, out);
	add_pools(out);
	add_delay_offsets(b, out);
	add_uptime(b, out);
	rmqi_buf_add_text(out, "}}");
	mb_answer_body(&r->ticket, out);
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
	{RMQI_REQ_GET_BROKER_RUNTIME_INFO, get_runtime_info},
	{RMQI_REQ_VIEW_BROKER_STATS_DATA, view_stats},
	{RMQI_REQ_VIEW_MESSAGE_BY_ID, view_message},
	{RMQI_REQ_GET_ALL_CONSUMER_OFFSET, get_consumer_offsets},
	{0, NULL},
};
