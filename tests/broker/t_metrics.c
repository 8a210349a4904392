/* SPDX-License-Identifier: Apache-2.0 */
/* t_metrics.c - the figures of a broker as a Prometheus server reads them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mock-broker/broker/metrics.h"
#include "mock-broker/broker/offsets.h"
#include "mock-broker/broker/put_message.h"
#include "mock-broker/cluster_state.h"
#include "tests/broker/rig.h"

static struct rig *rig;
static struct peer *p;
static struct rmqi_buf sheet;
static enum mb_metric_form form;

static void begin(void)
{
	rig = rig_new(NULL);
	p = peer_new(rig);
	rmqi_buf_init(&sheet, 1 << 20);
}

static void end(void)
{
	rmqi_buf_deinit(&sheet);
	peer_free(p);
	rig_free(rig);
}

static void write_on_loop(void *arg)
{
	(void)arg;
	for (size_t i = 0; i < mb_metric_count(); i++) {
		mb_metric_head(i, form, &sheet);
		mb_metric_rows(i, rig->cluster->brokers[0].broker, &sheet);
	}
	mb_metric_end(form, &sheet);
}

/* The whole sheet. */
static const char *read_sheet(void)
{
	rmqi_buf_reset(&sheet);
	rmqi_loop_call(rig->cluster->loop, write_on_loop, NULL);
	return rmqi_buf_text(&sheet);
}

#define ALL "{node_type=\"broker\",cluster=\"DefaultCluster\",node_id=\"broker-a\""

static bool says(const char *line)
{
	return strstr(read_sheet(), line) != NULL;
}

START_TEST(metrics__count_messages_by_topic_and_group)
{
	begin();
	ck_assert_int_eq(peer_create_topic(p, "T", 1), 0);
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(peer_send(p, "T", 0, "body", NULL), 0);
		rig_advance(rig, i % 2 ? 0 : 1000); /* in one second and in another */
	}
	ck_assert(says("rocketmq_messages_in_total" ALL ",topic=\"T\",message_type=\"normal\","
		       "is_retry=\"false\",is_system=\"false\"} 5\n"));
	ck_assert_int_eq(peer_pull(p, "G", "T", 0, 0, 0), 0);
	ck_assert(says("rocketmq_messages_out_total" ALL
		       ",topic=\"T\",consumer_group=\"G\",is_retry=\"false\","
		       "is_system=\"false\"} 5\n"));
	end();
}
END_TEST

#define OF(type) ",topic=\"T\",message_type=\"" type "\",is_retry=\"false\",is_system=\"false\""

static void put_on_loop(void *arg)
{
	const struct mb_new_message m = {.topic = RMQI_STR("T"), .body = rmqi_cursor("body", 4)};
	struct mb_new_place place;

	(void)arg;
	ck_assert_int_eq(mb_put_message(rig->cluster->brokers[0].broker, &m, &place, NULL), RMQ_OK);
}

/* As BrokerMetricsManager.getMessageType tells them. */
START_TEST(metrics__tell_types_and_sizes)
{
	static char large[600 * 1024 + 1];

	begin();
	memset(large, 'x', sizeof(large) - 1);
	ck_assert_int_eq(peer_create_topic(p, "T", 1), 0);
	ck_assert_int_eq(peer_send(p, "T", 0, "body", NULL), 0);
	ck_assert_int_eq(peer_send(p, "T", 0, large, NULL), 0);
	ck_assert_int_eq(peer_send(p, "T", 0, "body", "__SHARDINGKEY=k"), 0);
	ck_assert_int_eq(peer_send(p, "T", 0, "body", "DELAY=1"), 0);
	ck_assert_int_eq(peer_send(p, "T", 0, "body", "TRAN_MSG=true,PGROUP=P"), 0);
	ck_assert(says("rocketmq_messages_in_total" ALL OF("normal") "} 2\n"));
	ck_assert(says("rocketmq_messages_in_total" ALL OF("fifo") "} 1\n"));
	ck_assert(says("rocketmq_message_size_bucket" ALL OF("normal") ",le=\"1024.0\"} 1\n"));
	ck_assert(says("rocketmq_message_size_bucket" ALL OF("normal") ",le=\"524288.0\"} 1\n"));
	ck_assert(says("rocketmq_message_size_bucket" ALL OF("normal") ",le=\"1048576.0\"} 2\n"));
	ck_assert(says("rocketmq_message_size_bucket" ALL OF("normal") ",le=\"+Inf\"} 2\n"));
	ck_assert(says("rocketmq_message_size_count" ALL OF("normal") "} 2\n"));
	ck_assert(says("rocketmq_messages_in_total" ALL OF("delay") "} 1\n"));
	ck_assert(says("rocketmq_messages_in_total" ALL OF("transaction") "} 1\n"));
	/* What no send brought. */
	rmqi_loop_call(rig->cluster->loop, put_on_loop, NULL);
	ck_assert(says("rocketmq_messages_in_total" ALL OF("unspecified") "} 1\n"));
	end();
}
END_TEST

START_TEST(metrics__lag_is_what_is_not_committed)
{
	begin();
	ck_assert_int_eq(peer_create_topic(p, "T", 2), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(peer_send(p, "T", 0, "body", NULL), 0);
	ck_assert_int_eq(peer_send(p, "T", 1, "body", NULL), 0);
	ck_assert_int_eq(peer_consumer_beat(p, "c1", "G", "T", "*", 1), 0);
	ck_assert_int_eq(peer_commit(p, "G", "T", 0, 1), 0);
	ck_assert_int_eq(peer_commit(p, "G", "T", 1, 1), 0);
	rig_advance(rig, 2500);
	ck_assert(says("rocketmq_consumer_lag_messages" ALL ",topic=\"T\",consumer_group=\"G\","
		       "is_retry=\"false\",is_system=\"false\"} 2\n"));
	ck_assert(says("rocketmq_consumer_lag_latency_milliseconds" ALL
		       ",topic=\"T\",consumer_group=\"G\",is_retry=\"false\","
		       "is_system=\"false\"} 2500\n"));
	ck_assert_int_eq(peer_commit(p, "G", "T", 0, 3), 0);
	ck_assert(says("rocketmq_consumer_lag_messages" ALL ",topic=\"T\",consumer_group=\"G\","
		       "is_retry=\"false\",is_system=\"false\"} 0\n"));
	end();
}
END_TEST

START_TEST(metrics__tell_who_is_connected)
{
	begin();
	ck_assert(!says("rocketmq_producer_connections{"));
	ck_assert_int_eq(peer_producer_beat(p, "p1", "P"), 0);
	ck_assert_int_eq(peer_consumer_beat(p, "c1", "G", "T", "*", 1), 0);
	ck_assert(says("rocketmq_producer_connections" ALL ",language=\""));
	ck_assert(says("rocketmq_consumer_connections" ALL ",consumer_group=\"G\",language=\""));
	ck_assert(says(",protocol_type=\"remoting\",consume_mode=\"clustering\"} 1\n"));
	end();
}
END_TEST

START_TEST(metrics__tell_of_the_store)
{
	begin();
	ck_assert(says("rocketmq_storage_message_reserve_time_milliseconds" ALL
		       ",storage_type=\"local\",storage_medium=\"disk\"} 0\n"));
	ck_assert_int_eq(peer_create_topic(p, "T", 1), 0);
	ck_assert_int_eq(peer_send(p, "T", 0, "body", NULL), 0);
	rig_advance(rig, 7000);
	ck_assert(says("rocketmq_storage_message_reserve_time_milliseconds" ALL
		       ",storage_type=\"local\",storage_medium=\"disk\"} 7000\n"));
	ck_assert(says("rocketmq_storage_flush_behind_bytes" ALL
		       ",storage_type=\"local\",storage_medium=\"disk\"} 0\n"));
	ck_assert(!says("rocketmq_storage_size_bytes" ALL
			",storage_type=\"local\",storage_medium=\"disk\"} 0\n"));
	end();
}
END_TEST

/* Each sample belongs to the family told before it, and each family is told once. */
START_TEST(metrics__every_sample_has_its_family)
{
	char *copy, *save = NULL, name[128] = "", told[8192] = "", wanted[160];
	int families = 0;
	bool is_histogram = false;

	begin();
	ck_assert_int_eq(peer_create_topic(p, "T", 1), 0);
	ck_assert_int_eq(peer_send(p, "T", 0, "body", NULL), 0);
	ck_assert_int_eq(peer_consumer_beat(p, "c1", "G", "T", "*", 1), 0);
	ck_assert_int_eq(peer_commit(p, "G", "T", 0, 1), 0);
	copy = strdup(read_sheet());
	for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, "# HELP ", 7) == 0) {
			snprintf(name, sizeof(name), "%.*s", (int)strcspn(line + 7, " "), line + 7);
			snprintf(wanted, sizeof(wanted), "<%s>", name);
			ck_assert_msg(!strstr(told, wanted), "%s is told twice", name);
			strncat(told, wanted, sizeof(told) - strlen(told) - 1);
			families++;
		} else if (strncmp(line, "# TYPE ", 7) == 0) {
			ck_assert(strncmp(line + 7, name, strlen(name)) == 0);
			is_histogram = strstr(line, " histogram") != NULL;
			ck_assert_msg(!strstr(line, "counter") == !strstr(name, "_total"),
				      "%s has the wrong type", name);
		} else {
			const char *suffix = line + strlen(name);

			ck_assert_uint_eq(strcspn(suffix, "{"),
					  is_histogram ? strcspn(suffix + 1, "{") + 1 : 0);
			ck_assert(strncmp(line, name, strlen(name)) == 0);
		}
	}
	ck_assert_int_eq(families, (int)mb_metric_count());
	free(copy);
	end();
}
END_TEST

static void keep(const char *folder, const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(read_sheet(), f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

/* What the parsers of others read (metrics_pages.sh). */
START_TEST(metrics__pages_for_other_parsers)
{
	const char *folder = getenv("RMQ_METRICS_KEEP");

	begin();
	ck_assert_int_eq(peer_create_topic(p, "T", 1), 0);
	ck_assert_int_eq(peer_producer_beat(p, "p1", "P"), 0);
	ck_assert_int_eq(peer_consumer_beat(p, "c1", "G", "T", "*", 1), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(peer_send(p, "T", 0, "body", i ? "__SHARDINGKEY=k" : NULL), 0);
	ck_assert_int_eq(peer_send(p, "T", 0, "body", "DELAY=1"), 0);
	ck_assert_int_eq(peer_pull(p, "G", "T", 0, 0, 0), 0);
	ck_assert_int_eq(peer_commit(p, "G", "T", 0, 1), 0);
	ck_assert(!says("# EOF"));
	if (folder)
		keep(folder, "metrics.txt");
	form = MB_METRIC_OPEN;
	ck_assert(says("\n# EOF\n") && says("# TYPE rocketmq_messages_in counter\n"));
	if (folder)
		keep(folder, "metrics.open");
	form = MB_METRIC_TEXT;
	end();
}
END_TEST

/* Of many groups. */
static void commit_on_loop(void *arg)
{
	char name[32];

	(void)arg;
	for (int i = 0; i < MB_METRIC_ROWS_MAX + 10; i++) {
		snprintf(name, sizeof(name), "G%d", i);
		ck_assert_int_eq(mb_offsets_commit(rig->cluster->brokers[0].broker,
						   RMQI_STR("TBW102"), rmqi_str(name), 0, 0),
				 RMQ_OK);
	}
}

START_TEST(metrics__labels_are_escaped_and_rows_are_limited)
{
	struct rmqi_buf out;
	int rows = 0;

	begin();
	rmqi_buf_init(&out, 1024);
	mb_metric_write_label(&out, "l", RMQI_STR("a\"b\\c\nd"));
	ck_assert_str_eq(rmqi_buf_text(&out), "l=\"a\\\"b\\\\c\\nd\"");
	rmqi_buf_deinit(&out);
	rmqi_loop_call(rig->cluster->loop, commit_on_loop, NULL);
	for (const char *at = read_sheet(); (at = strstr(at, "\nrocketmq_consumer_lag_messages{"));
	     at++)
		rows++;
	ck_assert_int_eq(rows, MB_METRIC_ROWS_MAX);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		metrics__count_messages_by_topic_and_group,
		metrics__tell_types_and_sizes,
		metrics__lag_is_what_is_not_committed,
		metrics__tell_who_is_connected,
		metrics__tell_of_the_store,
		metrics__every_sample_has_its_family,
		metrics__pages_for_other_parsers,
		metrics__labels_are_escaped_and_rows_are_limited,
	};

	return run_suite("metrics", tests, sizeof(tests) / sizeof(tests[0]));
}
