/* SPDX-License-Identifier: Apache-2.0 */
#include "client/openmetrics_families.h"

#include "base/macros.h"

/* --- Producers --------------------------------------------------------------------------------------------- */

static const struct rmqi_family sends[] = {
	{RMQI_FAMILY_COUNTER, "rocketmq_producer_send_began", "", "Sends that were begun.", "began",
	 NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_producer_send_handed_over", "",
	 "One-way sends that were given to a connection.", "handedOver", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_producer_send_failed", "",
	 "Sends that failed, by the error they ended with.", "errors", "error"},
	{RMQI_FAMILY_COUNTER, "rocketmq_producer_send_retries", "",
	 "Attempts of sends after their first one.", "retries", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_producer_send_messages", "",
	 "Messages that were stored or handed over; a batch is one send of several.", "messages",
	 NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_producer_send_body_bytes", "bytes",
	 "Bodies of messages that were stored or handed over, as they were sent.", "bodyBytes",
	 NULL},
	{RMQI_FAMILY_GAUGE, "rocketmq_producer_send_in_flight", "", "Sends that are under way.",
	 "inFlight", NULL},
	{RMQI_FAMILY_HISTOGRAM, "rocketmq_producer_send_latency_seconds", "seconds",
	 "Time from the call to the answer that the message is stored, all attempts included.",
	 "latencyUs", NULL},
};

static const struct rmqi_family attempts[] = {
	{RMQI_FAMILY_COUNTER, "rocketmq_producer_attempt_began", "",
	 "Attempts that were begun on a broker.", "began", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_producer_attempt_handed_over", "",
	 "One-way sends that were given to a connection to this broker.", "handedOver", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_producer_attempt_failed", "",
	 "Attempts that failed, by their error.", "errors", "error"},
	{RMQI_FAMILY_COUNTER, "rocketmq_producer_attempt_refused", "",
	 "Attempts that the broker refused, by the code of its answer.", "brokerCodes", "code"},
	{RMQI_FAMILY_COUNTER, "rocketmq_producer_attempt_weakly_stored", "",
	 "Messages that are stored, but not as safely as asked, by their status.", "weaklyStored",
	 "status"},
	{RMQI_FAMILY_COUNTER, "rocketmq_producer_attempt_body_bytes", "bytes",
	 "Bodies of messages that this broker stored or was handed, as they were sent.",
	 "bodyBytes", NULL},
	{RMQI_FAMILY_GAUGE, "rocketmq_producer_attempt_in_flight", "",
	 "Attempts that are under way.", "inFlight", NULL},
	{RMQI_FAMILY_HISTOGRAM, "rocketmq_producer_attempt_latency_seconds", "seconds",
	 "Time from the beginning of an attempt to the answer that the message is stored.",
	 "latencyUs", NULL},
};

static const struct rmqi_family requests[] = {
	{RMQI_FAMILY_COUNTER, "rocketmq_producer_request_began", "", "Requests that were begun.",
	 "began", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_producer_request_unanswered", "",
	 "Requests that were stored and got no reply in time.", "unanswered", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_producer_request_failed", "",
	 "Requests that were not sent, or whose reply could not be read.", "failed", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_producer_request_cancelled", "",
	 "Requests that a close ended.", "cancelled", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_producer_request_late_replies", "",
	 "Replies that were dropped: their request was over.", "lateReplies", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_producer_request_unknown_replies", "",
	 "Replies that were dropped: nobody here had asked.", "unknownReplies", NULL},
	{RMQI_FAMILY_GAUGE, "rocketmq_producer_request_in_flight", "",
	 "Requests that wait for their replies.", "inFlight", NULL},
	{RMQI_FAMILY_HISTOGRAM, "rocketmq_producer_request_latency_seconds", "seconds",
	 "Time from the call to the reply.", "latencyUs", NULL},
};

/* --- Consumers --------------------------------------------------------------------------------------------- */

static const struct rmqi_family consumed[] = {
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_pulls", "", "Pulls that brought messages.",
	 "pulls", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_pull_failed", "",
	 "Pulls that were refused or got no answer.", "failedPulls", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_pull_messages", "", "Messages that came.",
	 "pulled", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_pull_stored_bytes", "bytes",
	 "Messages that came, as they are stored.", "pulledBytes", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_consume_messages", "",
	 "Messages that were consumed.", "consumed", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_consume_failed", "",
	 "Messages that the listener could not consume.", "failed", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_sent_back", "",
	 "Failed messages that a broker has taken back, dead letters among them.", "sentBack",
	 NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_dead_lettered", "",
	 "Messages that were sent back for the last time.", "deadLettered", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_tried_again", "",
	 "Failed messages that were tried once more here.", "again", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_given_up", "",
	 "Messages that nobody gets any more.", "givenUp", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_corrections", "",
	 "Queues that went on elsewhere than where they stopped.", "corrections", NULL},
	{RMQI_FAMILY_GAUGE, "rocketmq_consumer_queues", "", "Queues that are held.", "queues",
	 NULL},
	{RMQI_FAMILY_GAUGE, "rocketmq_consumer_lag", "",
	 "Messages in queues that are held and not consumed yet, those with other tags included.",
	 "lag", NULL},
	{RMQI_FAMILY_GAUGE, "rocketmq_consumer_stalled_queues", "",
	 "Queues, or a topic without its share, that make no progress, by the cause.", "stalled",
	 "cause"},
	{RMQI_FAMILY_HISTOGRAM, "rocketmq_consumer_pull_latency_seconds", "seconds",
	 "Time of pulls that brought messages, what the broker held them included.", "pullUs",
	 NULL},
	{RMQI_FAMILY_HISTOGRAM, "rocketmq_consumer_consume_latency_seconds", "seconds",
	 "Time of calls of the listener; of lists that were polled, from the poll to the free.",
	 "consumeUs", NULL},
};

static const struct rmqi_family held[] = {
	{RMQI_FAMILY_GAUGE, "rocketmq_consumer_queue_lag", "",
	 "Messages that are not consumed yet.", "lag", NULL},
	{RMQI_FAMILY_GAUGE, "rocketmq_consumer_queue_cached_messages", "",
	 "Messages that came and are not consumed.", "cachedMessages", NULL},
	{RMQI_FAMILY_GAUGE, "rocketmq_consumer_queue_cached_bytes", "bytes",
	 "Messages that came and are not consumed, as they are stored.", "cachedBytes", NULL},
	{RMQI_FAMILY_TIME, "rocketmq_consumer_queue_stalled_seconds", "seconds",
	 "Time without progress, when it is told as a standstill.", "stalledMs", NULL},
};

static const struct rmqi_family members[] = {
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_rebalances", "",
	 "Times that queues were shared out.", "rebalances", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_queues_gained", "", "Queues that were taken up.",
	 "queuesGained", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_queues_lost", "", "Queues that were given up.",
	 "queuesLost", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_commits", "",
	 "Commits that were sent to a broker, or put down.", "commits", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_commits_failed", "",
	 "Commits that were refused, lost, or could not be sent.", "failedCommits", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_locks_granted", "",
	 "Locks of queues that brokers granted or renewed.", "locksGranted", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_locks_refused", "", "Locks that brokers refused.",
	 "locksRefused", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_locks_lost", "",
	 "Locks that were lost while they were held.", "locksLost", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_stalls", "", "Standstills that began.", "stalls",
	 NULL},
};

static const struct rmqi_family pops[] = {
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_receives_found", "", "Receives that got messages.",
	 "found", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_receives_empty", "", "Receives that got none.",
	 "empty", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_receives_failed", "", "Receives that failed.",
	 "failed", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_received_messages", "",
	 "Messages that were received.", "messages", NULL},
	{RMQI_FAMILY_GAUGE, "rocketmq_consumer_unacknowledged_messages", "",
	 "Messages that are neither acknowledged nor over.", "unacknowledged", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_acks", "", "Messages that were acknowledged.",
	 "acks", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_acks_failed", "", "Messages that could not be.",
	 "failedAcks", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_invisible_changes", "",
	 "Changes of an invisible time.", "changes", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_invisible_changes_failed", "",
	 "Changes that failed.", "failedChanges", NULL},
};

static const struct rmqi_family pulled_by_users[] = {
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_user_pulls_found", "",
	 "Pulls of the application that brought messages.", "found", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_user_pulls_empty", "", "Pulls that brought none.",
	 "empty", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_user_pulls_illegal", "",
	 "Pulls at an offset that the queue does not have.", "illegal", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_user_pulls_failed", "", "Pulls that failed.",
	 "failed", NULL},
	{RMQI_FAMILY_COUNTER, "rocketmq_consumer_user_pulled_messages", "", "Messages that came.",
	 "messages", NULL},
	{RMQI_FAMILY_HISTOGRAM, "rocketmq_consumer_user_pull_latency_seconds", "seconds",
	 "Time of pulls that were answered, what the broker held them included.", "latencyUs",
	 NULL},
};

/* --- All of them ------------------------------------------------------------------------------------------- */

static const struct rmqi_family_label topic[] = {{"topic", "name"}, {0}};
static const struct rmqi_family_label broker[] = {{"broker", "name"}, {0}};
static const struct rmqi_family_label queue[] = {
	{"topic", "topic"}, {"broker", "broker"}, {"queue", "queue"}, {0}};

#define FAMILIES(list, of_consumers, labels, of)               \
	{                                                      \
		list, of_consumers, labels, of, RMQI_COUNT(of) \
	}

static const struct rmqi_families of_topics = FAMILIES("topics", false, topic, sends);
static const struct rmqi_families of_brokers = FAMILIES("brokers", false, broker, attempts);
static const struct rmqi_families of_requests = FAMILIES("requests", false, NULL, requests);
static const struct rmqi_families of_consumed = FAMILIES("topics", true, topic, consumed);
static const struct rmqi_families of_queues = FAMILIES("queues", true, queue, held);
static const struct rmqi_families of_members = FAMILIES("member", true, NULL, members);
static const struct rmqi_families of_pops = FAMILIES("pop", true, NULL, pops);
static const struct rmqi_families of_pulls = FAMILIES("pull", true, NULL, pulled_by_users);

const struct rmqi_families *const rmqi_families[] = {&of_topics,   &of_brokers, &of_requests,
						     &of_consumed, &of_queues,  &of_members,
						     &of_pops,     &of_pulls};
const size_t rmqi_families_count = RMQI_COUNT(rmqi_families);
