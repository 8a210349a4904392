/* SPDX-License-Identifier: Apache-2.0 */
/* b_limits.c - how much a consumer takes at a time. */
#include "tests/conformance/audit.h"
#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

enum { MESSAGES = 30, PER_SECOND = 20, SMALL = 80 };

/* However slow the machine is, they cannot come earlier: nothing that was missed is made up for. */
static void limits__rate_holds_messages_back(void)
{
	const char *topic = new_topic(QUEUES);
	struct audit *audit = audit_new(MESSAGES);
	struct sink *s = sink_new(NULL, topic, NULL, "consumeRateLimit=20");
	int64_t began;

	audit_send(audit, new_producer(NULL), topic, MESSAGES, 64);
	s->audit = audit;
	began = now_ms();
	sink_start(s);
	audit_expect(audit, AUDIT_DISORDER);
	expect(now_ms() - began >= (MESSAGES - PER_SECOND / 10) * 1000 / PER_SECOND - 1);
	sink_expect_committed(s, topic, MESSAGES);
}

static void limits__smallest_thresholds_deliver_everything(void)
{
	const char *topic = new_topic(QUEUES);
	struct audit *audit = audit_new(SMALL);
	struct sink *s = sink_new(NULL, topic, NULL,
				  "pullThresholdForTopic=1 pullThresholdSizeForTopic=1 "
				  "pullThresholdForQueue=1 consumeConcurrentlyMaxSpan=1");

	audit_send(audit, new_producer(NULL), topic, SMALL, 64);
	s->audit = audit;
	sink_start(s);
	audit_expect(audit, AUDIT_DISORDER);
	sink_expect_committed(s, topic, SMALL);
}

static const struct behaviour limits_list[] = {
	BEHAVIOUR(limits__rate_holds_messages_back, 0),
	BEHAVIOUR(limits__smallest_thresholds_deliver_everything, 0),
};

BEHAVIOURS(limits);
