/* SPDX-License-Identifier: Apache-2.0 */
/* scene_topics.c - topics that are made and altered, and what is stored and committed in them. */
#include "tests/conformance/scene.h"

enum { ALTER_MS = 5 * 1000 /* a broker tells its name server at once; then it is made anew */ };

size_t count_answered(const rmq_topic_offsets *offsets)
{
	const rmq_queue_offsets *q;
	size_t count = 0;

	for (size_t i = 0; (q = rmq_topic_offsets_at(offsets, i)); i++)
		count += rmq_queue_offsets_error(q) == RMQ_OK;
	return count;
}

struct expected_queues {
	const char *topic;
	int each; /* a broker */
};

static bool is_as_expected(const struct expected_queues *e, const rmq_topic_offsets *offsets)
{
	const rmq_queue_offsets *q;

	for (size_t i = 0; (q = rmq_topic_offsets_at(offsets, i)); i++)
		if (rmq_queue_offsets_queue(q)->queue_id >= e->each)
			return false;
	return count_answered(offsets) == (size_t)e->each * BROKERS;
}

static int topic_is_known(void *arg)
{
	const struct expected_queues *e = arg;
	rmq_topic_offsets *offsets = NULL;
	bool is_known = rmq_admin_topic_offsets(the_admin(), e->topic, NULL, NULL, &offsets,
						NULL) == RMQ_OK &&
			is_as_expected(e, offsets);

	rmq_topic_offsets_free(offsets);
	return is_known;
}

/* A broker that has just come up on a busy machine needs many seconds for its first one. */
static enum rmq_error set_topic(const char *cluster, const char *topic,
				const rmq_topic_settings *settings, rmq_error_detail **detail)
{
	rmq_admin_options *patient = rmq_admin_options_new();
	enum rmq_error error = rmq_admin_options_set_timeout(patient, PATIENT_MS, detail);

	if (error == RMQ_OK)
		error = rmq_admin_create_topic(the_admin(), cluster, topic, settings, patient,
					       detail);
	rmq_admin_options_free(patient);
	return error;
}

enum rmq_error create_topic(const char *cluster, const char *topic, int queues,
			    rmq_error_detail **detail)
{
	rmq_topic_settings *settings = rmq_topic_settings_new();
	enum rmq_error error = rmq_topic_settings_set_queues(settings, queues, detail);

	if (error == RMQ_OK)
		error = set_topic(cluster, topic, settings, detail);
	rmq_topic_settings_free(settings);
	return error;
}

struct making {
	const char *topic;
	const rmq_topic_settings *settings;
	enum rmq_error error;
	rmq_error_detail *detail;
};

static int is_made(void *arg)
{
	struct making *m = arg;

	rmq_error_detail_free(m->detail);
	m->detail = NULL;
	m->error = set_topic(NULL, m->topic, m->settings, &m->detail);
	return m->error != RMQ_ERR_NOT_FOUND;
}

/* A broker that had no answer from its name server in time closes the connection, and is unknown there until it
 * registers again: then there is no master for some seconds. */
static void have_made(const char *topic, const rmq_topic_settings *settings)
{
	struct making m = {.topic = topic, .settings = settings};

	wait_until(is_made, &m, SOON_MS);
	expect_ok(m.error, m.detail);
}

static const char *new_topic_of(int queues_per_broker, bool is_lite)
{
	struct expected_queues e = {new_name("T"), queues_per_broker};
	rmq_topic_settings *settings = rmq_topic_settings_new();
	rmq_error_detail *detail = NULL;
	int64_t end = now_ms() + SOON_MS;

	expect_ok(rmq_topic_settings_set_queues(settings, queues_per_broker, &detail), detail);
	expect_ok(rmq_topic_settings_set_lite(settings, is_lite, &detail), detail);
	have_made(e.topic, settings);
	while (!wait_until(topic_is_known, &e, ALTER_MS)) {
		if (now_ms() >= end)
			fail("the new topic %s does not show %d queues a broker", e.topic, e.each);
		have_made(e.topic, settings); /* on a broker that was not there */
	}
	rmq_topic_settings_free(settings);
	return e.topic;
}

static void change_topic(const char *topic, int write, int read, unsigned permission)
{
	rmq_topic_settings *settings = rmq_topic_settings_new();
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_topic_settings_set_write_queues(settings, write, &detail), detail);
	expect_ok(rmq_topic_settings_set_read_queues(settings, read, &detail), detail);
	expect_ok(rmq_topic_settings_set_permission(settings, permission, &detail), detail);
	have_made(topic, settings);
	rmq_topic_settings_free(settings);
}

/* A broker of 5.x registers nothing when a topic is as it is to be (AdminBrokerProcessor.updateAndCreateTopic), so that
 * it becomes another one between two tries: with a queue more that can be read, where nobody writes. */
void alter_topic(const char *topic, int queues, unsigned permission)
{
	struct expected_queues e = {topic, queues};
	int64_t end = now_ms() + 2 * SOON_MS;

	change_topic(topic, queues, queues, permission);
	while (!wait_until(topic_is_known, &e, ALTER_MS)) {
		if (now_ms() >= end)
			fail("the name server does not know that topic %s has %d queues a broker",
			     topic, queues);
		note("the name server missed the change of %s", topic);
		change_topic(topic, queues, queues + 1, permission);
		change_topic(topic, queues, queues, permission);
	}
}

const char *new_topic(int queues_per_broker)
{
	return new_topic_of(queues_per_broker, false);
}

const char *new_lite_parent(int queues_per_broker)
{
	return new_topic_of(queues_per_broker, true);
}

static int64_t sum_of(const char *topic, const char *group, bool consumed)
{
	rmq_admin_options *patient = rmq_admin_options_new();
	rmq_topic_offsets *offsets = NULL;
	const rmq_queue_offsets *q;
	rmq_error_detail *detail = NULL;
	int64_t sum = 0;

	expect_ok(rmq_admin_options_set_timeout(patient, PATIENT_MS, &detail), detail);
	expect_ok(rmq_admin_topic_offsets(the_admin(), topic, group, patient, &offsets, &detail),
		  detail);
	rmq_admin_options_free(patient);
	for (size_t i = 0; (q = rmq_topic_offsets_at(offsets, i)); i++) {
		if (rmq_queue_offsets_error(q) != RMQ_OK)
			fail("%s", rmq_error_detail_message(rmq_queue_offsets_detail(q)));
		if (!consumed)
			sum += rmq_queue_offsets_max(q) - rmq_queue_offsets_min(q);
		else if (rmq_queue_offsets_consumer(q) > 0)
			sum += rmq_queue_offsets_consumer(q);
	}
	rmq_topic_offsets_free(offsets);
	return sum;
}

int64_t stored_count(const char *topic)
{
	return sum_of(topic, NULL, false);
}

int64_t committed_count(const char *topic, const char *group)
{
	return sum_of(topic, group, true);
}

struct stored {
	const char *topic;
	int64_t count;
};

static int is_stored(void *arg)
{
	struct stored *s = arg;

	return stored_count(s->topic) >= s->count;
}

void expect_stored(const char *topic, int64_t count)
{
	struct stored s = {topic, count};

	wait_until(is_stored, &s, SOON_MS);
	expect_int(stored_count(topic), count);
}
