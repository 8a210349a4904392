/* SPDX-License-Identifier: Apache-2.0 */
/* b_admin_group.c - groups as operators see them: settings, members, how far behind, and offsets set anew. */
#include <stdio.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

enum { MESSAGES = 20 };

static bool is_listed(const char *group)
{
	rmq_error_detail *detail = NULL;
	rmq_groups *groups = NULL;
	const rmq_group *g;
	bool found = false;

	expect_ok(rmq_admin_groups(the_admin(), NULL, NULL, &groups, &detail), detail);
	for (size_t i = 0; !found && (g = rmq_groups_at(groups, i)); i++)
		found = strcmp(rmq_group_name(g), group) == 0;
	rmq_groups_free(groups);
	return found;
}

static void create(const char *group)
{
	rmq_group_settings *s = rmq_group_settings_new();
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_group_settings_set_broadcast_enabled(s, false, &detail), detail);
	expect_ok(rmq_group_settings_set_retry_max_times(s, 3, &detail), detail);
	expect_ok(rmq_admin_create_group(the_admin(), NULL, group, s, NULL, &detail), detail);
	rmq_group_settings_free(s);
}

static void admin_group__is_made_shown_and_deleted(void)
{
	const char *group = new_name("G");
	rmq_group_configs *configs = NULL;
	rmq_error_detail *detail = NULL;

	create(group);
	expect(is_listed(group));
	expect_ok(rmq_admin_group_config(the_admin(), NULL, group, NULL, &configs, &detail),
		  detail);
	expect_int(rmq_group_configs_count(configs), BROKERS);
	for (size_t i = 0; i < BROKERS; i++) {
		const rmq_group_config *c = rmq_group_configs_at(configs, i);

		expect_int(rmq_group_config_error(c), RMQ_OK);
		expect(rmq_group_config_is_enabled(c));
		expect(!rmq_group_config_is_broadcast_enabled(c));
		expect_int(rmq_group_config_retry_max_times(c), 3);
		expect_int(rmq_group_config_retry_queues(c), 1);
	}
	rmq_group_configs_free(configs);
	expect_ok(rmq_admin_delete_group(the_admin(), "DefaultCluster", group,
					 RMQ_GROUP_OFFSETS | RMQ_GROUP_TOPICS, NULL, &detail),
		  detail);
	expect(!is_listed(group));
}

static void admin_group__that_is_unknown_is_not_made_by_a_question(void)
{
	const char *group = new_name("G");
	rmq_group_configs *configs = NULL;
	rmq_error_detail *detail = NULL;

	expect_int(rmq_admin_group_config(the_admin(), NULL, group, NULL, &configs, &detail),
		   RMQ_ERR_NOT_FOUND);
	rmq_error_detail_free(detail);
	expect(!is_listed(group));
}

static rmq_group_members *members_of(const char *group)
{
	rmq_group_members *m = NULL;
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_admin_group_members(the_admin(), NULL, group, NULL, &m, &detail), detail);
	return m;
}

static void admin_group__has_members_while_it_is_online(void)
{
	const char *topic = new_topic(1);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	rmq_group_members *m;
	bool is_read = false;

	sink_expect_queues(s, BROKERS);
	m = members_of(s->group);
	expect_int(rmq_group_members_count(m), 1);
	expect_int(rmq_group_member_error(rmq_group_members_at(m, 0)), RMQ_OK);
	expect(strchr(rmq_group_member_address(rmq_group_members_at(m, 0)), ':') != NULL);
	expect_text(rmq_group_member_language(rmq_group_members_at(m, 0)), "CPP");
	expect_text(rmq_group_members_message_model(m), "CLUSTERING");
	for (size_t i = 0; i < rmq_group_members_subscription_count(m); i++)
		is_read |= strcmp(rmq_group_subscription_topic(
					  rmq_group_members_subscription_at(m, i)),
				  topic) == 0;
	expect(is_read);
	rmq_group_members_free(m);
	sink_close(s);
	m = members_of(s->group);
	expect_int(rmq_group_members_count(m), 0);
	rmq_group_members_free(m);
}

static size_t count_producers(const char *group)
{
	rmq_admin_options *patience = rmq_admin_options_new();
	rmq_group_members *m = NULL;
	rmq_error_detail *detail = NULL;
	size_t count;

	expect_int(rmq_admin_options_set_timeout(patience, PATIENT_MS, NULL), RMQ_OK);
	expect_ok(rmq_admin_group_producers(the_admin(), NULL, group, patience, &m, &detail),
		  detail);
	rmq_admin_options_free(patience);
	count = rmq_group_members_count(m);
	for (size_t i = 0; i < count; i++) {
		expect_int(rmq_group_member_error(rmq_group_members_at(m, i)), RMQ_OK);
		expect_text(rmq_group_member_language(rmq_group_members_at(m, i)), "CPP");
	}
	rmq_group_members_free(m);
	return count;
}

static int is_producing(void *arg)
{
	return count_producers(arg) == 1;
}

static int is_gone(void *arg)
{
	return count_producers(arg) == 0;
}

static void admin_group__of_producers_has_members_while_it_is_online(void)
{
	const char *topic = new_topic(1), *name = new_name("P");
	rmq_producer *p = new_producer_of(name, NULL);
	rmq_error_detail *detail = NULL;
	char group[128];

	snprintf(group, sizeof(group), "%s", name);
	expect_int(count_producers(group), 0);
	expect_ok(rmq_producer_start(p, &detail), detail);
	send_text(p, topic, NULL, "body");
	/* With its heartbeat. */
	expect(wait_until(is_producing, group, SOON_MS));
	drop_producer(p);
	expect(wait_until(is_gone, group, SOON_MS));
}

static int64_t lag_of(const char *group, const char *topic)
{
	rmq_error_detail *detail = NULL;
	rmq_group_lag *l = NULL;
	int64_t total, sum = 0;

	expect_ok(rmq_admin_group_lag(the_admin(), NULL, group, topic, false, NULL, &l, &detail),
		  detail);
	total = rmq_group_lag_total(l);
	for (size_t i = 0; i < rmq_group_lag_count(l); i++)
		sum += rmq_queue_lag_behind(rmq_group_lag_at(l, i));
	expect_int(sum, total);
	rmq_group_lag_free(l);
	return total;
}

static void send_some(const char *topic)
{
	rmq_producer *p = new_producer(NULL);

	for (int i = 0; i < MESSAGES; i++)
		send_text(p, topic, NULL, "body");
}

static void admin_group__is_behind_by_what_it_has_not_read(void)
{
	const char *topic = new_topic(2);
	struct sink *s = sink_open(NULL, topic, NULL, "persistConsumerOffsetInterval=500", NULL);

	send_some(topic);
	sink_expect_committed(s, topic, MESSAGES);
	expect_int(lag_of(s->group, topic), 0);
	sink_close(s);
	send_some(topic);
	expect_stored(topic, 2 * MESSAGES);
	expect_int(lag_of(s->group, topic), MESSAGES);
}

static void reset(const char *group, const char *topic, bool is_dry_run, int64_t expected)
{
	rmq_offset_reset *r = rmq_offset_reset_new();
	rmq_queue_resets *rows = NULL;
	rmq_error_detail *detail = NULL;
	int64_t before = 0;

	expect_ok(rmq_offset_reset_set_earliest(r, &detail), detail);
	expect_ok(rmq_offset_reset_set_dry_run(r, is_dry_run, &detail), detail);
	expect_ok(rmq_admin_reset_offsets(the_admin(), group, topic, r, NULL, &rows, &detail),
		  detail);
	for (size_t i = 0; i < rmq_queue_resets_count(rows); i++) {
		const rmq_queue_reset *row = rmq_queue_resets_at(rows, i);

		expect_int(rmq_queue_reset_error(row), RMQ_OK);
		expect_int(rmq_queue_reset_after(row), 0);
		before += rmq_queue_reset_before(row);
	}
	expect_int(rmq_queue_resets_count(rows), 2 * BROKERS);
	expect_int(before, expected);
	rmq_queue_resets_free(rows);
	rmq_offset_reset_free(r);
}

/* Queues that nobody wrote to have an offset, too, as they were shared. */
static struct sink *read_all(const char *topic)
{
	struct sink *s = sink_open(NULL, topic, NULL, "persistConsumerOffsetInterval=500", NULL);
	rmq_producer *p = new_even_producer();

	sink_expect_queues(s, 2 * BROKERS);
	for (int i = 0; i < MESSAGES; i++)
		send_text(p, topic, NULL, "body");
	sink_expect_committed(s, topic, MESSAGES);
	return s;
}

static void admin_group__that_is_offline_reads_again_after_a_reset(void)
{
	const char *topic = new_topic(2);
	struct sink *s = read_all(topic);

	sink_close(s);
	reset(s->group, topic, true, MESSAGES);
	expect_int(committed_count(topic, s->group), MESSAGES);
	reset(s->group, topic, false, MESSAGES);
	expect_int(committed_count(topic, s->group), 0);
	sink_expect(sink_open(s->group, topic, NULL, NULL, NULL), MESSAGES);
}

static void admin_group__that_is_online_reads_again_after_a_reset(void)
{
	const char *topic = new_topic(2);
	struct sink *s = read_all(topic);

	reset(s->group, topic, false, MESSAGES);
	if (!sink_wait(s, 2 * MESSAGES, SOON_MS))
		fail("it reads %zu of %d", sink_count(s), 2 * MESSAGES);
}

static void admin_group__takes_over_the_offsets_of_another(void)
{
	const char *topic = new_topic(2);
	struct sink *s = read_all(topic);
	const char *other = new_name("G");
	rmq_queue_resets *rows = NULL;
	rmq_error_detail *detail = NULL;

	create(other);
	expect_ok(rmq_admin_clone_offsets(the_admin(), s->group, other, topic, false, NULL, &rows,
					  &detail),
		  detail);
	rmq_queue_resets_free(rows);
	expect_int(committed_count(topic, other), MESSAGES);
}

static const struct behaviour admin_group_list[] = {
	BEHAVIOUR(admin_group__is_made_shown_and_deleted, 0),
	BEHAVIOUR(admin_group__that_is_unknown_is_not_made_by_a_question, 0),
	BEHAVIOUR(admin_group__of_producers_has_members_while_it_is_online, 0),
	BEHAVIOUR(admin_group__has_members_while_it_is_online, 0),
	BEHAVIOUR(admin_group__is_behind_by_what_it_has_not_read, 0),
	BEHAVIOUR(admin_group__that_is_offline_reads_again_after_a_reset, 0),
	BEHAVIOUR(admin_group__that_is_online_reads_again_after_a_reset, 0),
	BEHAVIOUR(admin_group__takes_over_the_offsets_of_another, 0),
};
BEHAVIOURS(admin_group);
