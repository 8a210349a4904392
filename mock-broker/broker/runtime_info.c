/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime_info.c - what a broker says of itself in figures
 * (AdminBrokerProcessor.prepareRuntimeInfo, StoreStatsService.getRuntimeInfo). All values are texts.
 *
 * How long puts and gets take is not measured, nor how many timed messages come and go in a second, so that those
 * figures are 0. Nothing waits for a thread here, so that the queues of the pools are empty.
 */
#include <stdio.h>

#include "mock-broker/broker/handlers.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/json_text.h"

static void add_number(struct rmqi_buf *out, const char *name, int64_t value)
{
	mb_json_name(out, name);
	rmqi_buf_addf(out, "\"%lld\"", (long long)value);
}

static void add_real(struct rmqi_buf *out, const char *name, double value)
{
	mb_json_name(out, name);
	rmqi_buf_add_u8(out, '"');
	rmqi_json_add_real(out, value);
	rmqi_buf_add_u8(out, '"');
}

/* MixAll.humanReadableByteCount: "12 B", "1.5 KiB". */
static const char *human_bytes(uint64_t bytes, char *buf, size_t size)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	uint64_t unit = 1024;
	size_t at = 0;

	if (bytes < 1024) {
		(void)snprintf(buf, size, "%u B", (unsigned)bytes);
		return buf;
	}
	for (; at + 1 < RMQI_COUNT(units) && bytes / 1024 >= unit; at++)
		unit *= 1024;
	(void)snprintf(buf, size, "%llu.%u %s", (unsigned long long)(bytes / unit),
		       (unsigned)(bytes % unit / (unit / 1024) * 10 / 1024), units[at]);
	return buf;
}

static void add_bytes(struct rmqi_buf *out, const char *name, uint64_t bytes)
{
	char text[64];

	mb_json_text(out, name, human_bytes(bytes, text, sizeof(text)));
}

/* --- The store ------------------------------------------------------------------------------------- */

static void add_puts(const struct mb_broker *b, struct rmqi_buf *out)
{
	uint64_t times = b->put_count ? b->put_count : 1;

	add_number(out, "putMessageEntireTimeMax", 0);
	add_number(out, "putMessageTimesTotal", (int64_t)times);
	add_number(out, "putMessageFailedTimes", 0);
	add_number(out, "putMessageSizeTotal", (int64_t)b->put_bytes);
	mb_json_text(out, "putMessageDistributeTime",
		     "[<=0ms]:0 [0~10ms]:0 [10~50ms]:0 [50~100ms]:0 [100~200ms]:0 [200~500ms]:0 "
		     "[500ms~1s]:0 [1~2s]:0 [2~3s]:0 [3~4s]:0 [4~5s]:0 [5~10s]:0 [10s~]:0 ");
	add_real(out, "putMessageAverageSize", (double)b->put_bytes / (double)times);
	add_number(out, "dispatchMaxBuffer", 0);
	add_number(out, "getMessageEntireTimeMax", 0);
	mb_json_text(out, "putLatency99", "0.00");
	mb_json_text(out, "putLatency999", "0.00");
}

static void add_rates(struct mb_broker *b, struct rmqi_buf *out)
{
	mb_figure_write(b, &b->figures.put, "putTps", "", out);
	mb_figure_write(b, &b->figures.found, "getFoundTps", "", out);
	mb_figure_write(b, &b->figures.missed, "getMissTps", "", out);
	mb_figure_write(b, &b->figures.asked, "getTotalTps", "0.0", out);
	mb_figure_write(b, &b->figures.transferred, "getTransferredTps", "", out);
}

/* In whole hundredths, rounded up (UtilAll.getDiskPartitionSpaceUsedPercent). */
static double used_ratio(const struct mb_space_figures *disk)
{
	uint64_t used = disk->total - disk->free;
	uint64_t all = used + disk->usable;

	return all > 0 ? (double)((used * 100 + all - 1) / all) / 100.0 : -1;
}

static void add_disk(struct mb_broker *b, struct rmqi_buf *out)
{
	struct mb_space_figures disk;
	bool is_known = mb_store_disk(b->store, &disk);
	char total[64], free_space[64], name[4096];
	double ratio = is_known ? used_ratio(&disk) : -1;

	add_real(out, "commitLogDiskRatio", ratio);
	(void)snprintf(name, sizeof(name), "commitLogDiskRatio_%s/commitlog",
		       mb_store_root(b->store));
	mb_json_name_str(out, rmqi_str(name));
	rmqi_buf_add_u8(out, '"');
	rmqi_json_add_real(out, ratio);
	rmqi_buf_add_u8(out, '"');
	add_real(out, "consumeQueueDiskRatio", ratio);
	if (!is_known)
		return;
	mb_json_name(out, "commitLogDirCapacity");
	rmqi_buf_addf(out, "\"Total : %s, Free : %s.\"",
		      human_bytes(disk.total, total, sizeof(total)),
		      human_bytes(disk.free, free_space, sizeof(free_space)));
}

static void add_log(struct mb_broker *b, struct rmqi_buf *out)
{
	int64_t max = mb_store_max_physical_offset(b->store);

	add_number(out, "commitLogMaxOffset", max);
	add_number(out, "commitLogMinOffset", mb_store_min_physical_offset(b->store));
	add_number(out, "dispatchBehindBytes", 0);
	add_number(out, "pageCacheLockTimeMills", 0);
	add_number(out, "remainTransientStoreBufferNumbs", INT32_MAX); /* there is no such pool */
	add_bytes(out, "remainHowManyDataToFlush",
		  (uint64_t)(max - mb_store_flushed_offset(b->store)));
}

/* Store time of the first record; -1: there is none (DefaultMessageStore.getEarliestMessageTime). */
int64_t mb_broker_earliest_ms(struct mb_broker *b)
{
	struct rmqi_stored_message m;
	struct rmqi_cursor record;

	if (!mb_store_record_at(b->store, mb_store_min_physical_offset(b->store), &record) ||
	    rmqi_message_decode(&record, &m) != RMQ_OK)
		return -1;
	return m.store_timestamp;
}

/* --- The broker ------------------------------------------------------------------------------------ */

static void add_pools(struct rmqi_buf *out)
{
	static const struct {
		const char *name;
		int64_t capacity; /* BrokerConfig's default */
	} pools[] = {
		{"send", 10000}, {"pull", 100000}, {"litePull", 100000}, {"query", 20000}, {"ack", 100000}};
	char name[64];

	for (size_t i = 0; i < RMQI_COUNT(pools); i++) {
		(void)snprintf(name, sizeof(name), "%sThreadPoolQueueSize", pools[i].name);
		add_number(out, name, 0);
		(void)snprintf(name, sizeof(name), "%sThreadPoolQueueCapacity", pools[i].name);
		add_number(out, name, pools[i].capacity);
		(void)snprintf(name, sizeof(name), "%sThreadPoolQueueHeadWaitTimeMills",
			       pools[i].name);
		add_number(out, name, 0);
	}
	add_number(out, "EndTransactionQueueSize", 0);
	add_number(out, "EndTransactionThreadPoolQueueCapacity", 100000);
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

/* What waits is known at once, and delivered when it is due. */
static void add_timers(const struct mb_broker *b, struct rmqi_buf *out)
{
	add_number(out, "timerReadBehind", 0);
	add_number(out, "timerOffsetBehind", 0);
	add_number(out, "timerCongestNum", (int64_t)b->timers.waiting.count);
	add_real(out, "timerEnqueueTps", 0);
	add_real(out, "timerDequeueTps", 0);
}

/* "[ 0 days, 0 hours, 1 minutes, 2 seconds ]" (StoreStatsService.getFormatRuntime) */
static void add_uptime(struct mb_broker *b, struct rmqi_buf *out)
{
	int64_t s = (mb_broker_wall_ms(b) - b->boot_ms) / 1000;

	add_number(out, "bootTimestamp", b->boot_ms);
	rmqi_buf_addf(out, ",\"runtime\":\"[ %lld days, %lld hours, %lld minutes, %lld seconds ]\"",
		      (long long)(s / 86400), (long long)(s / 3600 % 24), (long long)(s / 60 % 60),
		      (long long)(s % 60));
}

static void add_totals(struct mb_broker *b, struct rmqi_buf *out)
{
	add_number(out, "msgPutTotalYesterdayMorning", (int64_t)mb_figures_puts(b)->yesterday);
	add_number(out, "msgPutTotalTodayMorning", (int64_t)mb_figures_puts(b)->today);
	add_number(out, "msgPutTotalTodayNow", (int64_t)b->put_count);
	add_number(out, "msgGetTotalYesterdayMorning", (int64_t)mb_figures_gets(b)->yesterday);
	add_number(out, "msgGetTotalTodayMorning", (int64_t)mb_figures_gets(b)->today);
	add_number(out, "msgGetTotalTodayNow", (int64_t)b->get_count);
}

static void get_runtime_info(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	struct rmqi_buf *out = &b->body;
	enum mb_release release = (enum mb_release)b->config->release;

	rmqi_buf_reset(out);
	rmqi_buf_add_text(out, "{\"table\":{");
	mb_json_text(out, "brokerActive", "true");
	mb_json_text(out, "brokerVersionDesc", mb_release_name(release));
	if (release < MB_RELEASE_5_4)
		add_number(out, "brokerVersion", mb_release_version(release));
	add_number(out, "earliestMessageTimeStamp", mb_broker_earliest_ms(b));
	add_number(out, "startAcceptSendRequestTimeStamp", b->config->start_accept_send_ms);
	add_uptime(b, out);
	add_totals(b, out);
	add_puts(b, out);
	add_rates(b, out);
	add_disk(b, out);
	add_log(b, out);
	add_timers(b, out);
	add_pools(out);
	add_delay_offsets(b, out);
	rmqi_buf_add_text(out, "}}");
	mb_answer_body(&r->ticket, out);
}

const struct mb_handler mb_runtime_info_handlers[] = {
	{RMQI_REQ_GET_BROKER_RUNTIME_INFO, get_runtime_info},
	{0, NULL},
};
