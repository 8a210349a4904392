/* SPDX-License-Identifier: Apache-2.0 */
/* b_filter.c - tag expressions. */
#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

/* One message a tag, and one without; the body is the tag, "none" for the last. */
static void send_tags(rmq_producer *p, const char *topic, const char *const *tags)
{
	for (; *tags; tags++)
		send_text(p, topic, *tags, *tags);
	send_text(p, topic, NULL, "none");
}

static const char *const usual[] = {"TagA", "TagB", "TagC", NULL};

static void filter__single_tag(void)
{
	const char *topic = new_topic(QUEUES);
	struct sink *s = sink_open(NULL, topic, "TagB", NULL, NULL);

	send_tags(new_producer(NULL), topic, usual);

	sink_expect(s, 1);
	expect_text(rmq_message_tag(sink_at(s, 0)), "TagB");
}

static void filter__alternatives(void)
{
	const char *topic = new_topic(QUEUES);
	struct sink *s = sink_open(NULL, topic, " TagA ||TagC|| ", NULL, NULL);

	send_tags(new_producer(NULL), topic, usual);

	sink_expect(s, 2);
	expect_int(sink_count_body(s, "TagA"), 1);
	expect_int(sink_count_body(s, "TagC"), 1);
}

static void filter__star_gets_tagged_and_untagged(void)
{
	const char *topic = new_topic(QUEUES);
	struct sink *s = sink_open(NULL, topic, "*", NULL, NULL);

	send_tags(new_producer(NULL), topic, usual);

	sink_expect(s, 4);
	expect_int(sink_count_body(s, "none"), 1);
}

/* What nobody wants does not hold up the offset, and does not come later. */
static void filter__no_match_moves_on(void)
{
	const char *topic = new_topic(1);
	const char *group = new_name("G");
	rmq_producer *p = new_producer(NULL);
	struct sink *s =
		sink_open(group, topic, "Wanted", "persistConsumerOffsetInterval=200", NULL);

	sink_expect_queues(s, BROKERS);
	send_tags(p, topic, usual);
	send_text(p, topic, "Wanted", "1");
	send_text(p, topic, "Wanted", "2");

	sink_expect(s, 2);
	sink_expect_committed(s, topic, 6);
}

/* "Aa" and "BB" have the same Java hash, by which the broker filters: the client must compare. */
static void filter__tags_of_equal_hash_are_told_apart(void)
{
	static const char *const tags[] = {"Aa", "BB", "AaBB", "BBAa", NULL};
	const char *topic = new_topic(QUEUES);
	struct sink *s = sink_open(NULL, topic, "Aa || BBAa", NULL, NULL);

	send_tags(new_producer(NULL), topic, tags);

	sink_expect(s, 2);
	expect_int(sink_count_body(s, "Aa"), 1);
	expect_int(sink_count_body(s, "BBAa"), 1);
}

static void filter__unicode_tags(void)
{
	static const char *const tags[] = {"\xe4\xb8\xad", "\xf0\x9f\x9a\x80", "\xc3\xa4", NULL};
	const char *topic = new_topic(QUEUES);
	struct sink *s = sink_open(NULL, topic, "\xe4\xb8\xad || \xf0\x9f\x9a\x80", NULL, NULL);

	send_tags(new_producer(NULL), topic, tags);

	sink_expect(s, 2);
	expect_int(sink_count_body(s, tags[0]), 1);
	expect_int(sink_count_body(s, tags[1]), 1);
}

static void filter__groups_have_their_own_expressions(void)
{
	const char *topic = new_topic(QUEUES);
	struct sink *a = sink_open(NULL, topic, "TagA", NULL, NULL);
	struct sink *b = sink_open(NULL, topic, "TagB || TagC", NULL, NULL);

	send_tags(new_producer(NULL), topic, usual);

	sink_expect(a, 1);
	sink_expect(b, 2);
	expect_int(sink_count_body(a, "TagA"), 1);
}

static void filter__expression_is_replaced_while_running(void)
{
	const char *topic = new_topic(1);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_open(NULL, topic, "TagA", NULL, NULL);

	send_text(p, topic, "TagA", "first");
	sink_expect(s, 1);
	sink_subscribe(s, topic, "TagB");
	/* Two on each queue: a pull that was held with the old expression may pass over one. */
	for (int i = 0; i < 2 * BROKERS; i++)
		send_text(p, topic, "TagA", "old");
	let_pass(QUIET_MS);
	for (int i = 0; i < BROKERS; i++)
		send_text(p, topic, "TagB", "new");

	if (!sink_wait(s, 1 + BROKERS, SOON_MS))
		fail("%zu messages came of the new expression", sink_count(s) - 1);
	expect_int(sink_count_body(s, "new"), BROKERS);
	expect_int(sink_count_body(s, "old"), 0);
}

static void filter__expression_is_sent_with_each_pull_when_asked(void)
{
	const char *topic = new_topic(QUEUES);
	struct sink *s = sink_open(NULL, topic, "TagB", "postSubscriptionWhenPull=true", NULL);

	send_tags(new_producer(NULL), topic, usual);

	sink_expect(s, 1);
	expect_text(rmq_message_tag(sink_at(s, 0)), "TagB");
}

static const struct behaviour filter_list[] = {
	BEHAVIOUR_EACH(filter__single_tag, 0, 0),
	BEHAVIOUR_EACH(filter__alternatives, 0, 0),
	BEHAVIOUR_EACH(filter__star_gets_tagged_and_untagged, 0, 0),
	BEHAVIOUR_EACH(filter__no_match_moves_on, 0, SINK_QUEUES | SINK_OFFSETS),
	BEHAVIOUR_EACH(filter__tags_of_equal_hash_are_told_apart, 0, 0),
	BEHAVIOUR_EACH(filter__unicode_tags, 0, 0),
	BEHAVIOUR_EACH(filter__groups_have_their_own_expressions, 0, 0),
	BEHAVIOUR_EACH(filter__expression_is_replaced_while_running, 0, 0),
	BEHAVIOUR(filter__expression_is_sent_with_each_pull_when_asked, 0),
};
BEHAVIOURS(filter);
